package notary

import (
	"context"
	"log/slog"
	"sync"

	"golang.org/x/mod/sumdb/note"

	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
)

// Log is what the notary reads: the durable log, from a place that never lags
// behind what was acknowledged.
type Log interface {
	// Size returns how many entries are durable.
	Size(ctx context.Context) (int64, error)
	// Hashes returns the stored hashes at up to 2,048 indexes, in their order. If
	// any is missing it fails with the code evidence.hash_missing.
	Hashes(ctx context.Context, indexes []int64) ([]evidence.Hash, error)
	// Entries returns the entries there are with from <= Sequence < to, by sequence.
	Entries(ctx context.Context, from, to int64) ([]evidence.Entry, error)
}

// Config is what a Notary needs.
type Config struct {
	// Origin names the log and is the name of the signing key.
	Origin string
	// Signer signs checkpoints.
	Signer note.Signer
	// Log is the log to speak for.
	Log Log
	// Last is the newest checkpoint known to have been signed before, if any.
	Last evidence.Checkpoint
	// Logger receives failures of the handler; nil discards them.
	Logger *slog.Logger
}

// Notary signs and publishes one log. It is safe for concurrent use.
type Notary struct {
	origin string
	signer note.Signer
	log    Log
	logger *slog.Logger

	mu     sync.Mutex
	last   evidence.Checkpoint // newest statement signed; Origin is empty before the first
	signed []byte              // its note, nil if it was signed by an earlier process
}

// New returns a notary. It asserts that the configuration is complete and that
// the signer has the name of the log, as C2SP tlog-checkpoint asks.
func New(cfg Config) *Notary {
	fault.Assert(cfg.Log != nil && cfg.Signer != nil, "notary.incomplete", "a notary needs a log and a signer")
	fault.Assert(evidence.CheckOrigin(cfg.Origin) == nil && cfg.Signer.Name() == cfg.Origin,
		"notary.other_origin", "the signing key must have the name of the log")
	logger := cfg.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &Notary{origin: cfg.Origin, signer: cfg.Signer, log: cfg.Log, logger: logger, last: cfg.Last}
}

// Checkpoint returns the signed note of the newest durable size.
//
// It refuses to sign, with notary.would_contradict, if the log no longer
// continues the last checkpoint it signed; that is an alarm, because the log was
// cut or rewritten, or is read from a copy that lags. Other errors are the log's.
func (n *Notary) Checkpoint(ctx context.Context) ([]byte, error) {
	// Sizes must be read and signed in one order, or a slow reader would look like a cut log.
	n.mu.Lock()
	defer n.mu.Unlock()
	size, err := n.log.Size(ctx)
	if err != nil {
		return nil, err
	}
	if err := n.continuesLast(ctx, size); err != nil {
		return nil, err
	}
	if n.signed != nil && n.last.Size == size {
		return n.signed, nil
	}
	root, err := evidence.RootAt(size, n.read(ctx))
	if err != nil {
		return nil, err
	}
	next := evidence.Checkpoint{Origin: n.origin, Size: size, Root: root}
	signed, err := note.Sign(&note.Note{Text: next.Text()}, n.signer)
	if err != nil {
		return nil, fault.New(fault.Internal, "notary.cannot_sign", "The checkpoint could not be signed.").Because(err)
	}
	n.last, n.signed = next, signed
	return signed, nil
}

func (n *Notary) continuesLast(ctx context.Context, size int64) error {
	if n.last.Origin == "" {
		return nil
	}
	contradicts := fault.New(fault.Internal, "notary.would_contradict", "The log does not continue what was signed before.")
	if size < n.last.Size {
		return contradicts
	}
	root, err := evidence.RootAt(n.last.Size, n.read(ctx))
	if err != nil {
		return err
	}
	if root != n.last.Root {
		return contradicts
	}
	return nil
}

func (n *Notary) read(ctx context.Context) evidence.HashReader { return reader(ctx, n.log) }

func reader(ctx context.Context, log Log) evidence.HashReader {
	return func(indexes []int64) ([]evidence.Hash, error) { return log.Hashes(ctx, indexes) }
}

// Open checks the signature of a checkpoint note with a verifier key and returns
// what it states. It fails with notary.bad_key, notary.bad_signature,
// evidence.bad_checkpoint, or notary.other_origin if the key belongs to another log.
func Open(signed []byte, vkey string) (evidence.Checkpoint, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return evidence.Checkpoint{}, fault.New(fault.Invalid, "notary.bad_key", "This is not a verifier key.").Because(err)
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return evidence.Checkpoint{}, fault.New(fault.Invalid, "notary.bad_signature",
			"This note is not signed by the key of the log.").Because(err)
	}
	stated, err := evidence.ParseCheckpoint(opened.Text)
	if err != nil {
		return evidence.Checkpoint{}, err
	}
	if stated.Origin != verifier.Name() {
		return evidence.Checkpoint{}, fault.New(fault.Invalid, "notary.other_origin", "This checkpoint speaks of another log than its key.")
	}
	return stated, nil
}
