package crash

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"fondaco/internal/fault"
)

// server is a PostgreSQL cluster of the run's own. It listens on a socket in the
// run's folder and nowhere else.
type server struct {
	programs string // folder of initdb, postgres, …
	data     string
	sockets  string
	log      string
	config   string
	owner    *owner // nil: whoever runs this

	process *exec.Cmd
	gone    chan struct{} // closed when the process has ended
	mark    int64         // the length of the log at the last start
	lost    bool          // the server did not come back on what is left of its files
}

// owner is the account under which the server runs: it refuses to run as root.
type owner struct{ uid, gid int }

const serverWait = 60 * time.Second

// noServer says why no PostgreSQL can be run here, or "".
func noServer() string {
	if programs() == "" {
		return "PostgreSQL's server programs are not installed"
	}
	if _, err := serverOwner(); err != nil {
		return "PostgreSQL does not run as root, and there is no user postgres"
	}
	return ""
}

// programs is the folder of an installed server with all its programs, or "". Of
// several on a Debian system it is the newest.
func programs() string {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err == nil && len(found) > 0 {
		slices.Sort(found)
		return filepath.Dir(found[len(found)-1])
	}
	initdb, err := exec.LookPath("initdb")
	if err == nil {
		initdb, err = filepath.EvalSymlinks(initdb) // a link stands alone, without its neighbours
	}
	if err != nil {
		return ""
	}
	return filepath.Dir(initdb)
}

func serverOwner() (*owner, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // no other account is needed
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	return &owner{uid, gid}, err
}

// newServer makes a cluster in a folder and starts it; sockets and log are in dir,
// which outlives the folder's disk.
func newServer(ctx context.Context, dir, folder, name string) (*server, error) {
	who, err := serverOwner()
	if err != nil {
		return nil, err
	}
	name += "-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	s := &server{
		programs: programs(), owner: who, data: filepath.Join(folder, "cluster"+name),
		sockets: filepath.Join(dir, "s"+name), log: filepath.Join(dir, name+".log"),
		config: filepath.Join(dir, name+".conf"),
	}
	for _, d := range []string{s.data, s.sockets} {
		if err := os.Mkdir(d, 0o700); err != nil {
			return nil, err
		}
		if who != nil {
			if err := os.Chown(d, who.uid, who.gid); err != nil {
				return nil, err
			}
		}
	}
	if out, err := s.program(ctx, "initdb", "-D", s.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C").CombinedOutput(); err != nil {
		return nil, fault.New(fault.Unavailable, "crash.no_cluster", "No cluster can be made: {said}").With("said", string(out)).Because(err)
	}
	return s, s.start(ctx)
}

// program is one of the server's own, run by its owner.
func (s *server) program(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(s.programs, name), args...) //nolint:gosec // programs of PostgreSQL
	cmd.Env = []string{"PATH=" + s.programs + ":/usr/bin:/bin", "LC_ALL=C"}
	cmd.Dir = "/"
	if s.owner != nil {
		runAs(cmd, *s.owner)
	}
	return cmd
}

// set writes the cluster's settings. They lie beside its disk, so that no cut
// takes them along.
func (s *server) set(more string) error {
	settings := fmt.Sprintf("listen_addresses = ''\nunix_socket_directories = '%s'\nmax_wal_size = 96MB\nmin_wal_size = 32MB\nshared_buffers = 32MB\n%s", s.sockets, more)
	return os.WriteFile(s.config, []byte(settings), 0o644) //nolint:gosec // the server is another user, and nothing in it is secret
}

func (s *server) address() string {
	return "postgres://postgres@/postgres?host=" + url.QueryEscape(s.sockets)
}

func (s *server) running() bool {
	if s.gone == nil {
		return false
	}
	select {
	case <-s.gone:
		return false
	default:
		return true
	}
}

// start starts the server if it does not run, and waits until it takes commands.
func (s *server) start(ctx context.Context) error {
	if written, err := os.ReadFile(s.log); err == nil {
		s.mark = int64(len(written))
	}
	if !s.running() {
		if err := s.launch(ctx); err != nil {
			return err
		}
	}
	for began := time.Now(); time.Since(began) < serverWait; {
		if s.program(ctx, "pg_isready", "-q", "-h", s.sockets).Run() == nil {
			return nil
		}
		if !s.running() {
			break
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	s.lost = true
	return fault.New(fault.Unavailable, "crash.no_server", "The database server does not come up: {log}").With("log", s.said())
}

func (s *server) launch(ctx context.Context) error {
	if err := s.set(""); err != nil {
		return err
	}
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	s.process = s.program(ctx, "postgres", "-D", s.data, "-c", "config_file="+s.config)
	s.process.Stdout, s.process.Stderr = log, log
	if err := s.process.Start(); err != nil {
		return err
	}
	s.gone = make(chan struct{})
	go func(p *exec.Cmd, gone chan struct{}) {
		_ = p.Wait() // killed, or its log says why
		close(gone)
	}(s.process, s.gone)
	return nil
}

// kill ends every process of the server at once.
func (s *server) kill(ctx context.Context) error {
	if !s.running() {
		return nil
	}
	below := childrenOf(s.process.Process.Pid)
	_ = s.process.Process.Kill()
	for _, pid := range below {
		if p, err := os.FindProcess(pid); err == nil {
			_ = p.Kill()
		}
	}
	<-s.gone
	for began := time.Now(); time.Since(began) < unmountMax; {
		if !slices.ContainsFunc(below, lives) {
			return nil
		}
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			return err
		}
	}
	return fault.New(fault.Unavailable, "crash.undead", "A process of the database server does not end.")
}

// status reads the state and the parent of a process (proc(5), stat).
func status(pid int) (state string, parent int, ok bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", 0, false
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 2 {
		return "", 0, false
	}
	parent, err = strconv.Atoi(fields[1])
	return fields[0], parent, err == nil
}

func lives(pid int) bool {
	state, _, ok := status(pid)
	return ok && state != "Z" && state != "X"
}

func childrenOf(pid int) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var out []int
	for _, e := range entries {
		if child, err := strconv.Atoi(e.Name()); err == nil {
			if _, parent, ok := status(child); ok && parent == pid {
				out = append(out, child)
			}
		}
	}
	return out
}

// said is what the server has logged since its last start.
func (s *server) said() string {
	text, err := os.ReadFile(s.log)
	if err != nil || int64(len(text)) < s.mark {
		return ""
	}
	return string(text[s.mark:])
}

// complaints are the lines in which the server gave up or met damage.
func (s *server) complaints() []string {
	var out []string
	for text := range strings.Lines(s.said()) {
		for _, word := range []string{"PANIC:", "invalid page", "could not read", "could not access status"} {
			if strings.Contains(text, word) {
				out = append(out, strings.TrimSpace(text))
				break
			}
		}
	}
	return out
}

// forgoSync lets the running server go on without forcing anything to its disk.
// A house that is open has seen it durable, and would not open on it now.
func (s *server) forgoSync(ctx context.Context) error {
	if err := s.set("fsync = off\n"); err != nil {
		return err
	}
	if err := s.process.Process.Signal(syscall.SIGHUP); err != nil {
		return err
	}
	for began := time.Now(); time.Since(began) < serverWait; {
		out, err := s.program(ctx, "psql", "-h", s.sockets, "-U", "postgres", "-Atc", "SHOW fsync").Output()
		if err == nil && strings.TrimSpace(string(out)) == "off" {
			return nil
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return fault.New(fault.Unavailable, "crash.no_teeth", "The database server goes on forcing its disk.")
}
