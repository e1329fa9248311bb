package watchlist

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"fondaco/internal/fault"
	"fondaco/internal/trade/screening"
)

// A Problem is a file of a folder that is not used, or a list that is not whole.
type Problem struct {
	File string
	Code string // watchlist.unknown_format for a file that is no list
	Why  string
}

// folderFilesMax bounds how many files of a folder are looked at.
const folderFilesMax = 1000

// ReadDir reads all lists of a folder. Files are told apart by what they hold;
// files that are no list, and lists that are refused, are problems and no error. A
// list of OFAC without companions is read as far as it goes, with a problem. Lists
// come in the order of their codes. It fails with watchlist.unreadable (Unavailable)
// if the folder cannot be read.
func ReadDir(dir string) ([]screening.List, []Problem, error) {
	found, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, unreadable(dir, err)
	}
	f := folder{ofac: map[string][]Part{}}
	for _, e := range found[:min(len(found), folderFilesMax)] {
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		body, err := readFile(filepath.Join(dir, e.Name()), defaultBytes)
		if err != nil {
			f.problem(e.Name(), err)
			continue
		}
		f.sort(Part{Name: e.Name(), Body: body})
	}
	f.companions()
	lists := f.parse()
	slices.SortFunc(lists, func(a, b screening.List) int { return cmp.Compare(a.Code, b.Code) })
	slices.SortFunc(f.problems, func(a, b Problem) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Why, b.Why)) })
	return lists, f.problems, nil
}

// folder sorts files into lists.
type folder struct {
	jobs     []job
	ofac     map[string][]Part // by code, the file of the names first
	lost     []Part            // files of OFAC that are none of names
	problems []Problem
}

// job is one list to parse.
type job struct {
	code  string
	parts []Part
}

func (f *folder) problem(file string, err error) {
	e := fault.Of(err)
	f.problems = append(f.problems, Problem{File: file, Code: e.Code, Why: cmp.Or(e.Args["why"], e.Error())})
}

func (f *folder) sort(p Part) {
	form := formatOf(p.Body)
	code := codeOf(form, p)
	switch {
	case form == unknownFormat:
		f.problem(p.Name, unknown(p))
	case form != ofacFormat:
		if slices.ContainsFunc(f.jobs, func(j job) bool { return j.code == code }) {
			f.problem(p.Name, refuse(codeDuplicate, p.Name, "there is another file of the list "+code))
			return
		}
		f.jobs = append(f.jobs, job{code: code, parts: []Part{p}})
	case columnsOf(p.Body) != primColumns:
		f.lost = append(f.lost, p)
	case f.ofac[code] != nil:
		f.problem(p.Name, refuse(codeDuplicate, p.Name, "there is another file of the list "+code))
	default:
		f.ofac[code] = []Part{p}
	}
}

// companions gives every other file of OFAC to the names that most of its numbers
// are of.
func (f *folder) companions() {
	ids := map[string]map[int]bool{}
	for code, parts := range f.ofac {
		ids[code] = ofacIDs(parts[0].Body)
	}
	for _, p := range f.lost {
		best, most := "", 0
		mine := ofacIDs(p.Body)
		for _, code := range []string{OFACConsolidated, OFACSDN} {
			n := 0
			for id := range mine {
				if ids[code][id] {
					n++
				}
			}
			if n > most {
				best, most = code, n
			}
		}
		columns := columnsOf(p.Body)
		switch {
		case best == "":
			f.problem(p.Name, refuse(codeMismatched, p.Name, "there is no file of the names it belongs to"))
		case slices.ContainsFunc(f.ofac[best], func(o Part) bool { return columnsOf(o.Body) == columns }):
			f.problem(p.Name, refuse(codeDuplicate, p.Name, "there is another such file of the list "+best))
		default:
			f.ofac[best] = append(f.ofac[best], p)
		}
	}
	for _, code := range []string{OFACSDN, OFACConsolidated} {
		parts := f.ofac[code]
		if parts == nil {
			continue
		}
		f.jobs = append(f.jobs, job{code: code, parts: parts})
		for _, need := range []struct {
			columns int
			what    string
		}{{altColumns, "other names"}, {addColumns, "addresses"}} {
			if !slices.ContainsFunc(parts, func(o Part) bool { return columnsOf(o.Body) == need.columns }) {
				f.problem(parts[0].Name, refuse(codeTruncated, parts[0].Name, "the file of its "+need.what+" is missing; it is used without"))
			}
		}
	}
}

// parse parses all lists side by side. The consolidated list waits for those of
// OFAC, and leaves their rows out only if they could be read.
func (f *folder) parse() []screening.List {
	lists, errs := make([]screening.List, len(f.jobs)), make([]error, len(f.jobs))
	one := func(i int, besides []string) {
		lists[i], errs[i] = parse(f.jobs[i].code, f.jobs[i].parts, besides, false)
	}
	var first, all sync.WaitGroup
	for i, j := range f.jobs {
		switch j.code {
		case OFACSDN, OFACConsolidated:
			first.Go(func() { one(i, nil) })
		case USConsolidated:
		default:
			all.Go(func() { one(i, nil) })
		}
	}
	first.Wait()
	var besides []string
	for i, j := range f.jobs {
		if f.ofac[j.code] != nil && errs[i] == nil {
			besides = append(besides, j.code)
		}
	}
	for i, j := range f.jobs {
		if j.code == USConsolidated {
			all.Go(func() { one(i, besides) })
		}
	}
	all.Wait()
	var good []screening.List
	for i, err := range errs {
		if err != nil {
			f.problem(f.jobs[i].parts[0].Name, err)
			continue
		}
		good = append(good, lists[i])
	}
	return good
}
