package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"

	"fondaco/internal/fault"
)

// cli is the command line.
type cli struct {
	LogLevel  string `help:"Least severe lines to log: debug, info, warn or error." enum:"debug,info,warn,error" default:"info" env:"FONDACO_LOG_LEVEL"`
	LogFormat string `help:"How log lines are written to standard error: text or json." enum:"text,json" default:"text" env:"FONDACO_LOG_FORMAT"`

	Serve          serveCommand          `cmd:"" help:"Run a house."`
	Demo           demoCommand           `cmd:"" help:"Run a house with companies and deals in it, and watch one deal from draft to payout."`
	Verify         verifyCommand         `cmd:"" help:"Walk the evidence log and say what, if anything, is not as it was recorded."`
	VerifyApproval verifyApprovalCommand `cmd:"" help:"Check the signatures of an approval from its file, without a house."`
	Doctor         doctorCommand         `cmd:"" help:"Rebuild every book and view from the events, and compare. One line for each check."`
	Migrate        migrateCommand        `cmd:"" help:"Look at the database's schema, or bring it up to date."`
	Load           loadCommand           `cmd:"" help:"Let many programs use a sandbox house at once, and check afterwards what it remembers."`
	Graph          graphCommand          `cmd:"" help:"Draw the states of a deal, found by walking the real rules."`
	Replay         replayCommand         `cmd:"" help:"Run a published record of deliveries as deals."`
	Simulate       simulateCommand       `cmd:"" help:"Play whole trades in a world made from a seed, break it at chosen points, and check what must be true after."`
	Bench          benchCommand          `cmd:"" help:"Measure this program on this machine."`
	Crashtest      crashtestCommand      `cmd:"" help:"Break houses of its own under load (kills, power cuts, full and sick disks) and look for what was lost."`
	Admin          adminCommand          `cmd:"" help:"What the operator of the machine does to the people of the house."`
	Reputation     reputationCommand     `cmd:"" help:"Score the users of a table of ratings."`
	Passwords      passwordsCommand      `cmd:"" help:"Compile lists of passwords that nobody may use, and look into them."`
	Screen         screenCommand         `cmd:"" help:"Look for names on lists of sanctions and restrictions, and say why they fit."`
	Version        versionCommand        `cmd:"" help:"Say which version this is."`
}

// console is where a command reads its circumstances from and writes to.
type console struct {
	ctx context.Context
	out io.Writer // answers
	err io.Writer // progress and the log
	log *slog.Logger
}

// say prints a line for people. Nobody is left to hear of it if that fails.
func say(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }

// errFound says that a check has found something and has already said what.
var errFound = errors.New("found")

// gcPercent lets the heap grow to four times what is in use before it is swept:
// a house holds little and makes much, and sweeping at every doubling took a
// tenth of its time.
const gcPercent = 300

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

const (
	exitFound = 1
	exitUsage = 2
)

func run(args []string, out, errOut io.Writer) (code int) {
	var c cli
	parser, err := kong.New(&c, kong.Name("fondaco"), kong.Description("Open, self-hosted trade assurance for cross-border deals."),
		kong.Writers(out, errOut), kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Exit(func(status int) { panic(exit(status)) }))
	fault.Assert(err == nil, "cmd.cli", "the command line describes itself")
	defer func() {
		if p := recover(); p != nil {
			status, ok := p.(exit)
			if !ok {
				panic(p)
			}
			code = int(status)
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		say(errOut, "fondaco: %s\nTry fondaco --help.", err)
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err = parsed.Run(&console{ctx: ctx, out: out, err: errOut, log: c.logger(errOut)})
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFound):
		return exitFound
	}
	f := fault.Of(err)
	say(errOut, "fondaco: %s (%s)", f.Error(), f.Code)
	for _, d := range f.Details {
		say(errOut, "  %s: %s (%s)", d.Field, d.Error(), d.Code)
	}
	if f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		say(errOut, "  %s", f.Trace())
	}
	return exitFound
}

// exit carries the parser's wish to end, as after --help, past its own return.
type exit int

func (c cli) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
