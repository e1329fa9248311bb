package notice

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"net/mail"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
)

//go:embed words/en.json words/zh.json
var catalogs embed.FS

const (
	argMax     = 4000 // runes of one argument
	subjectMax = 120  // runes of an argument in a subject
)

// Options say whose mails these are.
type Options struct {
	PublicURL string           // where people reach the house, without a path; every link begins with it
	House     string           // its name
	From      string           // sender, such as "Hanse Assurance <deals@house.example>"
	Now       func() time.Time // nil for the machine's clock
}

// Letter is a mail as it is sent.
type Letter struct {
	MessageID string // without angle brackets
	To        mail.Address
	Language  string // en or zh
	Subject   string
	Text      string
	HTML      string
	Link      string // whole; empty where there is none
}

// Writer words mails. It may be used by many at once.
type Writer struct {
	public *url.URL
	house  string
	from   mail.Address
	now    func() time.Time
	words  map[string]catalog
	page   *template.Template
}

type catalog struct {
	Greeting  string            `json:"greeting"`
	Nobody    string            `json:"greeting_nobody"`
	Unknown   string            `json:"unknown"`
	Closing   string            `json:"closing"`
	LinkPlain string            `json:"link_plain"`
	Colon     string            `json:"colon"`
	Date      string            `json:"date"`
	Letters   map[string]draft  `json:"letters"`
	Words     map[string]string `json:"words"`
}

type draft struct {
	Subject    string   `json:"subject"`
	Paragraphs []string `json:"paragraphs"`
	Link       string   `json:"link"`
}

// NewWriter returns a writer. It fails with Invalid notice.setup for a public
// address, sender or name that no mail could carry.
func NewWriter(o Options) (*Writer, error) {
	w := &Writer{house: o.House, now: o.Now, words: map[string]catalog{}}
	if w.now == nil {
		w.now = time.Now
	}
	public, err := url.Parse(o.PublicURL)
	if err != nil || public.Host == "" || public.Scheme != "https" && public.Scheme != "http" || public.RawQuery != "" || public.Fragment != "" || public.User != nil {
		return nil, setup("the public address of the house is not a web address")
	}
	w.public = public
	from, err := mail.ParseAddress(o.From)
	if err != nil || !plain(from.Name) || !plain(from.Address) {
		return nil, setup("the sender is not a mail address")
	}
	w.from = *from
	if w.house == "" || !plain(w.house) {
		return nil, setup("the house has no name that a mail can show")
	}
	for _, language := range []string{"en", "zh"} {
		c, err := readCatalog(language)
		if err != nil {
			return nil, err
		}
		w.words[language] = c
	}
	w.page, err = template.New("letter").Parse(page)
	if err != nil {
		return nil, fmt.Errorf("read the page of mails: %w", err)
	}
	return w, nil
}

func readCatalog(language string) (catalog, error) {
	var c catalog
	raw, err := catalogs.ReadFile("words/" + language + ".json")
	if err != nil {
		return c, fmt.Errorf("read the words of mails: %w", err)
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("read the words of mails in %s: %w", language, err)
	}
	return c, nil
}

// Write words a mail. It fails with Invalid notice.unsafe for an address with control
// characters, and for a name or argument with them unless the mail is a warning; and with Internal notice.incomplete for a mail
// of an unknown kind, or without what its kind needs.
func (w *Writer) Write(m assurance.Mail) (Letter, error) {
	k, known := kindOf(m.Kind)
	if !known {
		return Letter{}, incomplete("a mail of an unknown kind: " + string(m.Kind))
	}
	if !plain(m.Name) {
		if !k.warns {
			return Letter{}, unsafe("name")
		}
		m.Name = harden(m.Name)
	}
	to, err := addressOf(m)
	if err != nil {
		return Letter{}, err
	}
	l := Letter{MessageID: w.messageID(m.ID), To: to, Language: languageOf(m.Language)}
	c := w.words[l.Language]
	if l.Link, err = w.link(m.Link, k.link); err != nil {
		return Letter{}, err
	}
	args, err := w.arguments(m, k, c)
	if err != nil {
		return Letter{}, err
	}
	d := c.Letters[letterOf(m)]
	l.Subject = fill(d.Subject, short(args))
	body := w.body(m, k, c, args)
	l.Text = text(body, c, d, l.Link, fill(c.Closing, args))
	l.HTML, err = w.html(l, body, c, d, fill(c.Closing, args))
	return l, err
}

// body is the greeting and the paragraphs, each without a line break.
func (w *Writer) body(m assurance.Mail, k kind, c catalog, args map[string]string) []string {
	greeting := c.Nobody
	if k.greets && strings.TrimSpace(m.Name) != "" {
		greeting = fill(c.Greeting, map[string]string{"Name": harmless(m.Name)})
	}
	body := []string{greeting}
	for _, p := range c.Letters[letterOf(m)].Paragraphs {
		for line := range strings.SplitSeq(fill(p, args), "\n") {
			if line = strings.TrimSpace(line); line != "" {
				body = append(body, line)
			}
		}
	}
	return body
}

func text(body []string, c catalog, d draft, link, closing string) string {
	var out strings.Builder
	for _, p := range body {
		out.WriteString(p + "\n\n")
	}
	if link != "" {
		out.WriteString(d.Link + c.Colon + "\n" + link + "\n\n")
	}
	out.WriteString("-- \n" + closing + "\n")
	return out.String()
}

// page has no picture, script or address of a stranger: nothing is fetched when it is read.
const page = `<!DOCTYPE html>
<html lang="{{.Language}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.Subject}}</title></head>
<body style="margin:0;padding:24px;background:#f4f2ee;color:#1d2430;font:16px/1.6 system-ui,sans-serif">
<div style="max-width:560px;margin:0 auto;padding:24px 32px;background:#fff;border-radius:8px">
{{range .Body}}<p>{{.}}</p>
{{end}}{{if .Link}}<p><a href="{{.Link}}" style="display:inline-block;padding:10px 18px;border-radius:6px;background:#17406d;color:#fff;text-decoration:none">{{.Button}}</a></p>
<p style="font-size:13px;color:#5a6472">{{.LinkPlain}}<br>{{.Link}}</p>
{{end}}<p style="margin-top:32px;font-size:13px;color:#5a6472">{{.Closing}}</p>
</div></body></html>
`

func (w *Writer) html(l Letter, body []string, c catalog, d draft, closing string) (string, error) {
	var out bytes.Buffer
	lang := l.Language
	if lang == "zh" {
		lang = "zh-CN"
	}
	err := w.page.Execute(&out, map[string]any{
		"Language": lang, "Subject": l.Subject, "Body": body, "Link": l.Link, "Button": d.Link, "LinkPlain": c.LinkPlain, "Closing": closing,
	})
	if err != nil {
		return "", fmt.Errorf("write the page of a mail: %w", err)
	}
	return out.String(), nil
}

// messageID is the same for the same id of the same house.
func (w *Writer) messageID(id string) string {
	sum := sha256.Sum256([]byte(w.public.String() + "\n" + id))
	_, domain, _ := strings.Cut(w.from.Address, "@")
	return hex.EncodeToString(sum[:16]) + "@" + domain
}

// link makes a whole address of a path of the house.
func (w *Writer) link(path string, needed bool) (string, error) {
	if path == "" {
		if needed {
			return "", incomplete("a mail without its link")
		}
		return "", nil
	}
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.Contains(path, `\`) || !plain(path) {
		return "", incomplete("a link that is no path of the house")
	}
	return strings.TrimSuffix(w.public.String(), "/") + u.String(), nil
}

func addressOf(m assurance.Mail) (mail.Address, error) {
	if !plain(m.To) {
		return mail.Address{}, unsafe("to")
	}
	parsed, err := mail.ParseAddress(m.To)
	if err != nil || parsed.Name != "" || parsed.Address != m.To {
		return mail.Address{}, unsafe("to")
	}
	return mail.Address{Address: m.To}, nil
}

func languageOf(tag string) string {
	if strings.HasPrefix(strings.ToLower(tag), "zh") {
		return "zh"
	}
	return "en"
}

// plain tells whether s is text of one line: no control characters, and none of those that
// turn the direction of writing or cannot be seen.
func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) || r == '\ufeff'
	})
}

// harmless shows a web address in somebody's words so that no program makes a link of it.
func harmless(s string) string {
	return strings.NewReplacer("://", "[:]//", "www.", "www[.]", "WWW.", "WWW[.]").Replace(s)
}

// short cuts long values, for subjects.
func short(args map[string]string) map[string]string {
	cut := make(map[string]string, len(args))
	for name, value := range args {
		if r := []rune(value); len(r) > subjectMax {
			value = string(r[:subjectMax-1]) + "…"
		}
		cut[name] = value
	}
	return cut
}

// fill puts values into the {Name} places of a sentence. Braces in values stay as they are.
func fill(sentence string, args map[string]string) string {
	pairs := make([]string, 0, 2*len(args))
	for name, value := range args {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(sentence)
}

func setup(why string) *fault.Error {
	return fault.New(fault.Invalid, "notice.setup", "Mail is not set up rightly: {why}.").With("why", why)
}

func unsafe(field string) *fault.Error {
	return fault.New(fault.Invalid, "notice.unsafe", "This text cannot go into a mail.").At(field)
}

func incomplete(why string) *fault.Error {
	return fault.New(fault.Internal, "notice.incomplete", "A mail could not be written: {why}.").With("why", why)
}
