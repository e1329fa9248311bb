package watchlist

import (
	"strconv"

	"fondaco/internal/fault"
)

// The codes with which a list is refused whole.
const (
	codeTruncated  = "watchlist.truncated"
	codeTooBig     = "watchlist.too_big"
	codeEncoding   = "watchlist.bad_encoding"
	codeReordered  = "watchlist.reordered"
	codeMalformed  = "watchlist.malformed"
	codeHostile    = "watchlist.hostile"
	codeDuplicate  = "watchlist.duplicate_ids"
	codeEmpty      = "watchlist.empty"
	codeUnknown    = "watchlist.unknown_format"
	codeMismatched = "watchlist.mismatched"
	codeShrunk     = "watchlist.shrunk"
	codeBadRow     = "watchlist.bad_row"
)

// refuse is a refusal of the whole list because of one file.
func refuse(code, file, why string) *fault.Error {
	return fault.New(fault.Refused, code, "The list file {file} is refused: {why}.").With("file", file).With("why", why)
}

// refuseAt is refuse with the line.
func refuseAt(code, file string, line int, why string) *fault.Error {
	return refuse(code, file, why+" (line "+strconv.Itoa(line)+")").With("line", strconv.Itoa(line))
}
