package webtest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// View is how a page is looked at; sizes are CSS pixels.
type View struct {
	Name          string
	Width, Height int64
	Dark          bool
	Zoom          float64 // 2 is 200 %; 0 is 1
	NoScript      bool
}

// Phone is the small screen that every page must fit.
func Phone() View { return View{Name: "phone", Width: 390, Height: 844} }

// Desk is the large screen.
func Desk() View { return View{Name: "desk", Width: 1440, Height: 900} }

// InDark is the same view for a reader who asked for the dark theme.
func (v View) InDark() View {
	v.Dark = true
	v.Name += "-dark"
	return v
}

// AtTwice is the same view at 200 % zoom.
func (v View) AtTwice() View {
	v.Zoom = 2
	v.Name += "-twice"
	return v
}

// WithoutScripts is the same view with JavaScript turned off.
func (v View) WithoutScripts() View {
	v.NoScript = true
	v.Name += "-noscript"
	return v
}

// Browser is one running Chromium.
type Browser struct {
	ctx context.Context
}

// Open starts Chromium for the length of a test, or skips the test where it
// is not installed.
func Open(t testing.TB) *Browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium here: install the chromium package to look at pages")
	}
	// The folder is chromedp's own, which removes it patiently: what Chromium leaves
	// behind writes there for a moment, and a folder of the test could not be removed.
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.WSURLReadTimeout(patience), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("headless", "new"), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.Flag("font-render-hinting", "none"),
	)
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("closing Chromium: %v", err)
		}
		stop()
		stopAllocator()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	return &Browser{ctx: ctx}
}

// Sheet is one open page in one view.
type Sheet struct {
	ctx  context.Context
	view View

	mu       sync.Mutex
	problems []string
}

// sheetMax bounds a tab, in which many pages may be looked at on a busy machine.
const sheetMax = 15 * time.Minute

// Visit opens a page in a tab of its own and waits until it is drawn.
func (b *Browser) Visit(t testing.TB, url string, view View) *Sheet {
	t.Helper()
	return b.visit(t, url, view, sheetMax)
}

func (b *Browser) visit(t testing.TB, url string, view View, life time.Duration, options ...chromedp.ContextOption) *Sheet {
	t.Helper()
	tab, closeTab := chromedp.NewContext(b.ctx, options...)
	t.Cleanup(closeTab)
	ctx, cancel := context.WithTimeout(tab, life)
	t.Cleanup(cancel)
	sheet := &Sheet{ctx: ctx, view: view}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("opening a tab: %v", err)
	}
	if err := chromedp.Listen(ctx, sheet.note); err != nil {
		t.Fatalf("listening to the browser: %v", err)
	}
	if err := sheet.dress(); err != nil {
		t.Fatalf("setting the view %s: %v", view.Name, err)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		t.Fatalf("visiting %s: %v", url, err)
	}
	return sheet
}

// dress sets size, zoom, theme and scripts before the page is loaded.
func (s *Sheet) dress() error {
	scheme, zoom := "light", s.view.Zoom
	if s.view.Dark {
		scheme = "dark"
	}
	if zoom == 0 {
		zoom = 1
	}
	if _, err := chromedp.Call(s.ctx, cdplog.Enable, cdp.Empty{}); err != nil {
		return err
	}
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(s.ctx, emulation.SetEmulatedMedia, media); err != nil {
		return err
	}
	metrics := emulation.SetDeviceMetricsOverrideParams{
		Width: int64(float64(s.view.Width) / zoom), Height: int64(float64(s.view.Height) / zoom), DeviceScaleFactor: zoom,
	}
	if _, err := chromedp.Call(s.ctx, emulation.SetDeviceMetricsOverride, metrics); err != nil {
		return err
	}
	_, err := chromedp.Call(s.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: s.view.NoScript})
	return err
}

func (s *Sheet) note(event any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := event.(type) {
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.EntryLevelError {
			s.problems = append(s.problems, e.Entry.Text+" "+e.Entry.URL)
		}
	case *cdpruntime.EventExceptionThrown:
		s.problems = append(s.problems, e.ExceptionDetails.Text)
	}
}

// Problems returns what the browser complained of: scripts that failed, files
// that are missing, anything the content security policy refused.
func (s *Sheet) Problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.problems...)
}

// Do runs browser steps on the page.
func (s *Sheet) Do(t testing.TB, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(s.ctx, steps...); err != nil {
		t.Fatalf("in the browser: %v", err)
	}
}

// Ask evaluates an expression on the page and returns its value as text.
func (s *Sheet) Ask(t testing.TB, expression string) string {
	t.Helper()
	value, err := chromedp.Run(s.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		t.Fatalf("asking the browser: %v", err)
	}
	return value
}

// Hears waits until all of these words stand in an element that a script fills. Where
// somebody types slowly it says something else before.
func (s *Sheet) Hears(t testing.TB, selector string, words ...string) {
	t.Helper()
	quoted, err := json.Marshal(selector)
	if err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); ; time.Sleep(scriptEvery) {
		got := s.Ask(t, `document.querySelector(`+string(quoted)+`).innerText`)
		missing := slices.IndexFunc(words, func(w string) bool { return !strings.Contains(got, w) })
		if missing < 0 {
			return
		}
		if time.Since(begun) > patience {
			t.Fatalf("%s says %q, and not %q", selector, got, words[missing])
		}
	}
}

// scriptEvery is how often a page is asked what a script has made of it.
const scriptEvery = 50 * time.Millisecond

// Tabs presses the Tab key until the focus stands on an element that fits the
// selector, and fails if the page is walked through without reaching it. Every
// stop must be visible.
func (s *Sheet) Tabs(t testing.TB, selector string) {
	t.Helper()
	const most = 120
	for range most {
		s.Do(t, chromedp.KeyEvent("\t"))
		quoted, err := json.Marshal(selector)
		if err != nil {
			t.Fatal(err)
		}
		at := s.Ask(t, `(() => {
			const e = document.activeElement, r = e.getBoundingClientRect(), style = getComputedStyle(e);
			if (e.matches(`+string(quoted)+`)) return "there";
			return e !== document.body && (r.width < 1 || r.height < 1 || style.visibility === "hidden") ? "hidden " + e.outerHTML.slice(0, 160) : "";
		})()`)
		if at == "there" {
			return
		}
		if at != "" {
			t.Errorf("the focus goes where nobody sees it: %s", at)
		}
	}
	t.Fatalf("the Tab key does not reach %s", selector)
}

// Picture keeps the whole page as FONDACO_SHOTS/NAME-VIEW.png; without that
// variable it does nothing.
func (s *Sheet) Picture(t testing.TB, name string) {
	t.Helper()
	folder := os.Getenv("FONDACO_SHOTS")
	if folder == "" {
		return
	}
	beyond := true
	picture, err := chromedp.Call(s.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: &beyond})
	if err != nil {
		t.Fatalf("picture of %s: %v", name, err)
	}
	if err := os.MkdirAll(folder, 0o750); err != nil { //nolint:gosec // the folder is the tester's own choice
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+"-"+s.view.Name+".png"), picture.Data, 0o600); err != nil { //nolint:gosec // the folder is the tester's own choice
		t.Fatal(err)
	}
}

// Wider returns the elements that stick out of the screen to the right, as
// short descriptions; none is right.
func (s *Sheet) Wider(t testing.TB) []string {
	t.Helper()
	const find = `(() => {
		const edge = document.documentElement.clientWidth + 1, out = [];
		if (document.documentElement.scrollWidth <= edge) return out;
		for (const e of document.body.querySelectorAll("*")) {
			if (e.getBoundingClientRect().right > edge) out.push(e.tagName + "." + (e.getAttribute("class") || "") + " " + e.textContent.trim().slice(0, 40));
		}
		return out;
	})()`
	found, err := chromedp.Run(s.ctx, chromedp.Evaluate[[]string](find))
	if err != nil {
		t.Fatalf("measuring: %v", err)
	}
	return found
}

// Violation is one rule of axe-core that the page breaks.
type Violation struct {
	ID     string
	Impact string
	Help   string
	Nodes  []string // offending elements and what is wrong with each
}

// String describes a violation on a few lines.
func (v Violation) String() string {
	return fmt.Sprintf("%s (%s): %s\n\t%s", v.ID, v.Impact, v.Help, strings.Join(v.Nodes, "\n\t"))
}

// Audit runs every axe-core rule for WCAG 2.2 A and AA and good practice, or
// skips the test where axe-core is not installed.
func (s *Sheet) Audit(t testing.TB) []Violation {
	t.Helper()
	source, err := os.ReadFile(axePath())
	if err != nil {
		t.Skip("no axe-core here: run scripts/build-assets.sh to audit pages")
	}
	const run = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]}).then(r =>
		JSON.stringify(r.violations.map(v => ({ID: v.id, Impact: v.impact, Help: v.help, Nodes: v.nodes.map(n => n.html.slice(0, 160) + " :: " + n.failureSummary.replace(/\s+/g, " "))}))))`
	if _, err := chromedp.Run(s.ctx, chromedp.Evaluate[bool](string(source)+"\n;true")); err != nil {
		t.Fatalf("loading axe-core: %v", err)
	}
	result, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](run, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("auditing: %v", err)
	}
	var violations []Violation
	if err := json.Unmarshal([]byte(result), &violations); err != nil {
		t.Fatalf("auditing: %v", err)
	}
	return violations
}

func axePath() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "assets", "node_modules", "axe-core", "axe.min.js")
}
