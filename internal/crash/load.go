package crash

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"fondaco/internal/fault"
)

// load is a child at work, as its parent sees it.
type load struct {
	cmd   *exec.Cmd
	stdin io.Closer
	read  chan struct{} // closed when the child's output has ended
	log   cappedLog

	mu      sync.Mutex
	changed chan struct{} // closed and replaced whenever something below changes
	pid     int           // of the house, which may run below another program
	acks    []Ack
	refused map[string]int    // by code
	said    map[string]string // by code, what the first of them said
	odd     []string          // answers that no fault of a disk or a process excuses
	cutAt   int               // receipts that were heard before the power went; 0 if it did not
	stopped string
	late    int // receipts given after the house had stopped
	tried   int
}

// launch starts the child for a spec, below another program if wrap names one.
func (x *lab) launch(ctx context.Context, spec Spec, wrap ...string) (*load, error) {
	document, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	argv := append(append([]string{}, wrap...), x.cfg.Child...)
	argv = append(argv, string(document))
	l := &load{read: make(chan struct{}), changed: make(chan struct{}), refused: map[string]int{}, said: map[string]string{}}
	l.cmd = exec.CommandContext(context.WithoutCancel(ctx), argv[0], argv[1:]...) //nolint:gosec // the program itself
	l.cmd.Env = append(os.Environ(), x.cfg.ChildEnv...)
	l.cmd.Stderr = &l.log
	in, err := l.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	l.stdin = in
	if err := l.cmd.Start(); err != nil {
		return nil, fault.New(fault.Unavailable, "crash.no_child", "The child cannot be started.").Because(err)
	}
	go l.listen(out)
	return l, nil
}

// listen takes in what the child writes until it is gone. A last line that was
// cut off in the middle was never given to anybody.
func (l *load) listen(out io.Reader) {
	defer close(l.read)
	lines := bufio.NewReader(out)
	for {
		text, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		l.take(text)
	}
}

func (l *load) take(text []byte) {
	var n line
	err := json.Unmarshal(text, &n)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err != nil:
		l.odd = append(l.odd, fmt.Sprintf("the child wrote %q", text))
	case n.Ready != 0:
		l.pid = n.Ready
	case n.Ack != nil:
		l.acks = append(l.acks, *n.Ack)
		if l.stopped != "" {
			l.late++
		}
	case n.Stopped != "":
		l.stopped = n.Stopped
	case n.Tried != 0:
		l.tried = n.Tried
	default:
		l.refused[n.Refused]++
		if l.said[n.Refused] == "" {
			l.said[n.Refused] = n.Why
		}
		if n.Kind != fault.Unavailable.String() && n.Kind != fault.Exhausted.String() {
			l.odd = append(l.odd, n.Refused+": "+n.Why)
		}
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// until waits for something to become true of the load. It fails with
// crash.impatient after the time, and with crash.child_gone if the child ends.
func (l *load) until(ctx context.Context, most time.Duration, what string, true func(*load) bool) error {
	patience := time.NewTimer(most)
	defer patience.Stop()
	for {
		l.mu.Lock()
		done, changed := true(l), l.changed
		l.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-l.read:
			l.mu.Lock()
			done := true(l)
			l.mu.Unlock()
			if done {
				return nil
			}
			return fault.New(fault.Internal, "crash.child_gone", "The house has ended by itself while waiting for {what}: {log}").With("what", what).With("log", l.log.String())
		case <-patience.C:
			return fault.New(fault.Internal, "crash.impatient", "After {most} there is still no {what}: {state}").
				With("most", most.String()).With("what", what).With("state", l.state())
		case <-ctx.Done():
			return fault.New(fault.Unavailable, "crash.interrupted", "The run was interrupted.").Because(ctx.Err())
		}
	}
}

func (l *load) state() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprintf("%d receipts, refused %v, stopped %q; %s", len(l.acks), l.refused, l.stopped, l.log.String())
}

const readyWait = 60 * time.Second // a recovery may be long on a busy machine

func (l *load) ready(ctx context.Context) error {
	return l.until(ctx, readyWait, "open house", func(l *load) bool { return l.pid != 0 })
}

// kill ends the child at once, and waits for all it has written.
func (l *load) kill() {
	l.mu.Lock()
	pid := l.pid
	l.mu.Unlock()
	if pid != 0 && pid != l.cmd.Process.Pid {
		if house, err := os.FindProcess(pid); err == nil {
			_ = house.Kill()
		}
	}
	_ = l.cmd.Process.Kill()
	<-l.read
	_ = l.cmd.Wait() // killed, as intended
	_ = l.stdin.Close()
}

// finish lets the child close its house in order.
func (l *load) finish() error {
	_ = l.stdin.Close()
	<-l.read
	if err := l.cmd.Wait(); err != nil {
		return fault.New(fault.Internal, "crash.bad_end", "The house did not close in order: {log}").With("log", l.log.String()).Because(err)
	}
	return nil
}

// ended reports whether the child is gone.
func (l *load) ended() bool {
	select {
	case <-l.read:
		return true
	default:
		return false
	}
}

// powerGoes says that from now on receipts are not counted: a forced shutdown takes
// a moment, and in it the kernel may report a success that a machine without
// power would no longer have told anybody.
func (l *load) powerGoes() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cutAt = len(l.acks)
}

// more waits for so many more receipts.
func (l *load) more(ctx context.Context, receipts int) error {
	l.mu.Lock()
	enough := len(l.acks) + receipts
	l.mu.Unlock()
	return l.until(ctx, readyWait, "further receipts", func(l *load) bool { return len(l.acks) >= enough })
}

// cappedLog keeps the beginning of what a child logs.
type cappedLog struct {
	mu   sync.Mutex
	text strings.Builder
}

const logMax = 8 << 10

func (c *cappedLog) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if room := logMax - c.text.Len(); room > 0 {
		c.text.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (c *cappedLog) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

// pause waits, or ends early with the run.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fault.New(fault.Unavailable, "crash.interrupted", "The run was interrupted.").Because(ctx.Err())
	}
}
