package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/screening"
	"fondaco/internal/watchlist"
)

type screenCommand struct {
	Lists   string   `help:"Folder of lists: OFAC, US CSL, UN, EU, UK, or of one's own; files are told apart by what they hold." required:"" type:"existingdir" placeholder:"DIR"`
	In      string   `help:"Objects to look for, one in a line: {\"id\", \"name\", \"type\", \"birth\", \"countries\", \"identifiers\"}; by default standard input." type:"existingfile" placeholder:"FILE.jsonl"`
	Out     string   `help:"Where the answers go, one in a line, in the order of the objects; by default standard output." type:"path" placeholder:"FILE.jsonl"`
	Min     float64  `help:"Least probability of a hit that is told, 0 to 1." default:"0"`
	Most    int      `help:"How many hits of one object are told at most." default:"10"`
	Type    string   `help:"What is looked for when names are given: person, organisation, vessel, aircraft or any." default:"any"`
	Birth   string   `help:"Day, month or year of birth or foundation when names are given, such as 1960-03-12 or 1960."`
	Country []string `help:"Country, in two letters, when names are given; may be repeated."`
	Lang    string   `help:"Language of the reasons: en or zh." enum:"en,zh" default:"en"`
	JSON    bool     `name:"json" help:"Sum up in JSON."`
	Names   []string `arg:"" optional:"" help:"Names to look for instead of a file of objects; answers are for people to read."`
}

// mostMax is how many hits one object may have.
const mostMax = 100

// Run looks for names or objects on the lists.
func (c *screenCommand) Run(con *console) error {
	switch {
	case c.Min < 0 || c.Min > 1 || c.Most < 1 || c.Most > mostMax:
		return fault.New(fault.Invalid, "screen.bad_bounds", "--min is 0 to 1, and --most is 1 to 100.")
	case len(c.Names) > 0 && (c.In != "" || c.Out != ""):
		return fault.New(fault.Invalid, "screen.names_and_file", "Give names or a file of objects, not both.")
	}
	began := time.Now()
	s := screenSummary{}
	index, err := c.index(con, &s)
	if err != nil {
		return err
	}
	s.Ready = time.Since(began).Seconds()
	if len(c.Names) > 0 {
		return c.tellNames(con, index, s)
	}
	return c.batch(con, index, s)
}

// screenSummary is what is said at the end.
type screenSummary struct {
	Lists    []screenList        `json:"lists"`
	Problems []watchlist.Problem `json:"problems"`
	Objects  int64               `json:"objects"`
	WithHits int64               `json:"with_hits"`
	Hits     int64               `json:"hits"`
	Errors   int64               `json:"errors"`
	Ignored  []string            `json:"ignored_fields,omitempty"`
	Ready    float64             `json:"ready_seconds"`
	Seconds  float64             `json:"seconds"`
	Rate     float64             `json:"objects_per_second"`
}

type screenList struct {
	Code    string `json:"code"`
	Version string `json:"version"`
	Entries int    `json:"entries"`
}

// screenMemory is what this command is content with. The index of all public lists
// takes less than half of it.
const screenMemory = 160 << 20

// index reads the lists and makes them searchable. Files that are no list are told.
func (c *screenCommand) index(con *console, s *screenSummary) (*screening.Index, error) {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(100)
		debug.SetMemoryLimit(screenMemory)
	}
	lists, problems, err := watchlist.ReadDir(c.Lists)
	if err != nil {
		return nil, err
	}
	s.Problems = problems
	for _, p := range problems {
		say(con.err, "%s: %s (%s)", p.File, p.Why, p.Code)
	}
	if len(lists) == 0 {
		return nil, fault.New(fault.Refused, "screen.no_lists", "The folder {folder} holds no list that can be used.").With("folder", c.Lists)
	}
	for _, l := range lists {
		s.Lists = append(s.Lists, screenList{Code: l.Code, Version: l.Version, Entries: len(l.Entries)})
	}
	index := screening.Build(lists)
	runtime.GC()
	debug.FreeOSMemory() // what reading took is not needed again
	return index, nil
}

// above are the hits that are at least as probable as asked for.
func (c *screenCommand) above(hits []screening.Hit) []screening.Hit {
	return slices.DeleteFunc(hits, func(h screening.Hit) bool { return h.Score < c.Min })
}

// tellNames answers for people.
func (c *screenCommand) tellNames(con *console, index *screening.Index, s screenSummary) error {
	began := time.Now()
	for i, name := range c.Names {
		object := screenObject{Name: name, Type: c.Type, Countries: c.Country}
		if c.Birth != "" {
			object.Birth = json.RawMessage(`"` + strings.Trim(c.Birth, `"\`) + `"`)
		}
		q, err := object.query()
		if err != nil {
			return err
		}
		hits := c.above(index.Search(q, c.Most))
		s.Objects++
		s.Hits += int64(len(hits))
		if len(hits) > 0 {
			s.WithHits++
		}
		if c.JSON {
			continue
		}
		if i > 0 {
			say(con.out, "")
		}
		c.tellName(con, name, hits)
	}
	s.Seconds = time.Since(began).Seconds()
	if c.JSON {
		return c.sumUp(con, s)
	}
	return nil
}

func (c *screenCommand) tellName(con *console, name string, hits []screening.Hit) {
	if len(hits) == 0 {
		say(con.out, "%s: %s", name, screenWord(c.Lang, "none"))
		return
	}
	say(con.out, "%s", name)
	for _, h := range hits {
		also := ""
		if main := h.Entry.Names[0].Text; main != h.Name {
			also = " = " + main
		}
		say(con.out, "  %5.1f %%  %s%s  [%s %s%s, %s]", 100*h.Score, h.Name, also, h.List, h.Entry.ID, reference(h), h.Entry.Kind)
		for _, r := range h.Reasons {
			say(con.out, "           %s", reasonText(c.Lang, r))
		}
	}
}

func reference(h screening.Hit) string {
	if h.Entry.Reference == "" || h.Entry.Reference == h.Entry.ID {
		return ""
	}
	return ", " + h.Entry.Reference
}

// sumUp says what was done: where the answers do not go.
func (c *screenCommand) sumUp(con *console, s screenSummary) error {
	to := con.err
	if c.Out != "" || len(c.Names) > 0 {
		to = con.out
	}
	if s.Seconds > 0 {
		s.Rate = float64(s.Objects) / s.Seconds
	}
	if c.JSON {
		doc := json.NewEncoder(to)
		doc.SetIndent("", "  ")
		return doc.Encode(s)
	}
	entries := 0
	for _, l := range s.Lists {
		entries += l.Entries
	}
	say(to, "%d objects against %d entries of %d lists: %d with hits, %d hits, %d that could not be looked for", s.Objects, entries, len(s.Lists), s.WithHits, s.Hits, s.Errors)
	say(to, "ready in %.2f s, then %.2f s: %.0f objects/s", s.Ready, s.Seconds, s.Rate)
	if len(s.Ignored) > 0 {
		say(to, "fields that are not known and were not used: %s", strings.Join(s.Ignored, ", "))
	}
	return nil
}

// reasonText words one reason.
func reasonText(lang string, r screening.Reason) string {
	text := screenWord(lang, r.Code)
	if text == "" {
		text = r.Code
	}
	switch {
	case r.Code == screening.OtherList:
		return text + ": " + r.Theirs
	case r.Ours != "" && r.Theirs != "" && !strings.EqualFold(r.Ours, r.Theirs):
		return fmt.Sprintf("%s: %s ~ %s (%.2f)", text, r.Ours, r.Theirs, r.Weight)
	case r.Ours+r.Theirs == "":
		return fmt.Sprintf("%s (%.2f)", text, r.Weight)
	case r.Ours != "":
		return fmt.Sprintf("%s: %s (%.2f)", text, r.Ours, r.Weight)
	}
	return fmt.Sprintf("%s: %s (%.2f)", text, r.Theirs, r.Weight)
}

// screenWord words a code of a reason, in English or Chinese.
func screenWord(lang, code string) string {
	words := map[string][2]string{
		"none":                      {"nobody on the lists", "名单上没有相符者"},
		screening.Same:              {"same word", "词语相同"},
		screening.Spelled:           {"spelt otherwise", "拼写相近"},
		screening.Sounds:            {"sounds alike", "读音相近"},
		screening.Joined:            {"joined or split", "分合写法不同"},
		screening.Initial:           {"initial", "首字母缩写"},
		screening.Translated:        {"translated", "译名对应"},
		screening.MissingOurs:       {"only on the list", "仅名单中有"},
		screening.MissingTheirs:     {"only in the query", "仅查询中有"},
		screening.Contradiction:     {"words that contradict", "关键词互相矛盾"},
		screening.LegalForm:         {"form of company", "公司形式"},
		screening.BirthSame:         {"same date", "日期相同"},
		screening.BirthYear:         {"same year", "年份相同"},
		screening.BirthNear:         {"nearly the same date", "日期相近"},
		screening.BirthDiffers:      {"other date", "日期不同"},
		screening.CountrySame:       {"same country", "国家或地区相同"},
		screening.CountryDiffers:    {"other country", "国家或地区不同"},
		screening.IdentifierSame:    {"same number of a paper", "证件号码相同"},
		screening.IdentifierDiffers: {"other number of a paper", "证件号码不同"},
		screening.WeakName:          {"the list calls this name weak", "名单注明此名称识别力弱"},
		screening.OtherList:         {"another list has this name of the same party", "另一份名单以此名称列出同一主体"},
	}
	if lang == "zh" {
		return words[code][1]
	}
	return words[code][0]
}
