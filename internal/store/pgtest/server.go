package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"fondaco/internal/store"
)

// Database is the URL of a migrated database without a row, for this test alone.
func Database(t testing.TB) string {
	t.Helper()
	return lend(t, migrated())
}

// Empty is the URL of a database without a table, for this test alone.
func Empty(t testing.TB) string {
	t.Helper()
	return lend(t, "template0")
}

// Superuser is the URL of the server's own database, by which a test may look at
// what no house would.
func Superuser(t testing.TB) string {
	t.Helper()
	return running(t).address("postgres")
}

// migrated is the database that others are copied from. Programs that share a
// server have one each.
func migrated() string { return fmt.Sprintf("fondaco_migrated_%d", os.Getpid()) }

// There is one server for all tests of a program.
var (
	start   = sync.OnceValues(startServer)
	counter atomic.Int64
	copying sync.Mutex // a template can be copied by one at a time
)

var errNone = errors.New("no PostgreSQL is installed, in /usr/lib/postgresql or on the PATH")

func running(t testing.TB) *server {
	t.Helper()
	s, err := start()
	switch {
	case errors.Is(err, errNone) && os.Getenv("CI") != "true":
		t.Skipf("skipped: %v", err)
	case err != nil:
		t.Fatalf("PostgreSQL for the tests: %v", err)
	}
	return s
}

func lend(t testing.TB, template string) string {
	t.Helper()
	s := running(t)
	name := fmt.Sprintf("fondaco_test_%d_%d", os.Getpid(), counter.Add(1))
	copying.Lock()
	err := s.do(context.Background(), "CREATE DATABASE "+name+" TEMPLATE "+template)
	copying.Unlock()
	if err != nil {
		t.Fatalf("a database for the test: %v", err)
	}
	t.Cleanup(func() {
		if err := s.do(context.Background(), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("dropping the database of the test: %v", err)
		}
	})
	return s.address(name)
}

// server is a running server.
type server struct{ url url.URL }

func (s *server) address(database string) string {
	u := s.url
	u.Path = "/" + database
	return u.String()
}

func (s *server) do(ctx context.Context, query string) error {
	conn, err := pgx.Connect(ctx, s.address("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, query)
	return errors.Join(err, conn.Close(ctx))
}

func startServer() (*server, error) {
	s := &server{}
	if given := os.Getenv("FONDACO_POSTGRES"); given != "" {
		u, err := url.Parse(given)
		if err != nil {
			return nil, errors.New("FONDACO_POSTGRES is no URL")
		}
		s.url = *u
	} else {
		address, err := launch()
		if err != nil {
			return nil, err
		}
		s.url = *address
	}
	ctx := context.Background()
	if err := s.do(ctx, "DROP DATABASE IF EXISTS "+migrated()+" WITH (FORCE)"); err != nil {
		return nil, err
	}
	if err := s.do(ctx, "CREATE DATABASE "+migrated()+" TEMPLATE template0"); err != nil {
		return nil, err
	}
	house, err := store.OpenPostgres(ctx, s.address(migrated()))
	if err != nil {
		return nil, err
	}
	return s, errors.Join(house.Migrate(ctx), house.Close())
}

// guard is a shell that makes a cluster, runs its server, and takes both away when
// its standard input ends: with the program that holds the other end, at the latest.
const guard = `
dir=$1 bin=$2
"$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$dir/log" 2>&1 || exit 1
"$bin/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c max_connections=300 -c unix_socket_permissions=0777 >>"$dir/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT $server
wait $server
rm -rf "$dir"/*
rmdir "$dir" 2>/dev/null
`

// launch starts a server in a new folder and waits until it answers.
func launch() (*url.URL, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "fondaco-pg-")
	if err != nil {
		return nil, err
	}
	shell := exec.Command("/bin/sh", "-c", guard, "guard", dir, bin) //nolint:gosec,noctx // it must outlive every test
	shell.Dir = "/"
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt from the keyboard is for the tests
	if os.Getuid() == 0 {                                   // the server refuses to run as root
		if shell.SysProcAttr.Credential, err = servant(); err != nil {
			return nil, errors.Join(err, os.Remove(dir))
		}
		if err := os.Chown(dir, int(shell.SysProcAttr.Credential.Uid), int(shell.SysProcAttr.Credential.Gid)); err != nil {
			return nil, errors.Join(err, os.Remove(dir))
		}
	}
	// The write end is never closed here: the kernel closes it when this program ends.
	if _, err := shell.StdinPipe(); err != nil {
		return nil, err
	}
	if err := shell.Start(); err != nil {
		return nil, err
	}
	gone := make(chan error, 1)
	go func() { gone <- shell.Wait() }()
	address := &url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postgres", RawQuery: url.Values{"host": {dir}}.Encode()}
	return address, answering(address, dir, gone)
}

const (
	startWait = time.Minute
	startPoll = 20 * time.Millisecond
)

func answering(address *url.URL, dir string, gone <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), startWait)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, address.String())
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case err = <-gone:
		case <-ctx.Done():
		case <-time.After(startPoll):
			continue
		}
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		return fmt.Errorf("the server did not start: %w\n%s", err, log)
	}
}

// servant is whom the server runs as when the tests run as root.
func servant() (*syscall.Credential, error) {
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, errNone
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// programs finds the newest installed server's folder.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append(found, path)
	} else if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, exec.ErrNotFound) {
		return "", err
	}
	if len(found) == 0 {
		return "", errNone
	}
	release := func(path string) int {
		n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		if err != nil {
			return 0 // not in a folder that is named by its release
		}
		return n
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return release(a) - release(b) })), nil
}
