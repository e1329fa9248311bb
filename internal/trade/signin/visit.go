package signin

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Visit is one sign-in as the house saw it.
type Visit struct {
	At        time.Time
	Address   string // the address of the network, as text
	Network   string // its autonomous system, or the first 16 bits of it; 48 of IPv6
	Country   string // ISO 3166-1 alpha-2, empty if not known
	Agent     string // browser, its major version, and system
	Browser   string
	System    string
	Device    string // the name that this house has given the device, empty if it brought none
	Hour      int    // of the day in UTC, 0 to 23
	Latitude  float64
	Longitude float64 // both in degrees
	Located   bool    // whether the place is known
}

// Feature is one thing that a visit shows of itself.
type Feature string

// The features, each chain from fine to coarse.
const (
	Address Feature = "address"
	Network Feature = "network"
	Country Feature = "country"
	Agent   Feature = "agent"
	Browser Feature = "browser"
	System  Feature = "system"
	Device  Feature = "device"
	Hour    Feature = "hour"
)

// Value is what a visit shows in one feature.
type Value struct {
	Feature Feature
	Value   string
}

// Count is how often a value was seen.
type Count struct {
	Value Value
	N     int64
}

// valueMax is the length that a value is cut to, in bytes.
const valueMax = 128

// Values answers what to count when the visit is found good: one value of each
// feature, in a fixed order, in printable UTF-8 of at most 128 bytes. A feature of
// which nothing is known has the empty value. A visit without a device counts none:
// name the device that it was given before counting.
func (v Visit) Values() []Value {
	values := []Value{
		v.value(Address), v.value(Network), v.value(Country),
		v.value(Agent), v.value(Browser), v.value(System), v.value(Hour),
	}
	if device := v.value(Device); device.Value != "" {
		values = append(values, device)
	}
	return values
}

// Lookups answers the values whose counts [Judge] asks a history for: those of
// [Visit.Values], and the hours around the visit's.
func (v Visit) Lookups() []Value {
	values := v.Values()
	for _, by := range []int{-hourReach, -1, 1, hourReach} {
		values = append(values, hourValue(v.Hour+by))
	}
	return values
}

// value is what the visit shows in a feature.
func (v Visit) value(f Feature) Value {
	switch f {
	case Address:
		return Value{f, plain(v.Address)}
	case Network:
		return Value{f, plain(v.Network)}
	case Country:
		return Value{f, plain(v.Country)}
	case Agent:
		return Value{f, plain(v.Agent)}
	case Browser:
		return Value{f, plain(v.Browser)}
	case System:
		return Value{f, plain(v.System)}
	case Device:
		return Value{f, plain(v.Device)}
	case Hour:
		return hourValue(v.Hour)
	}
	return Value{Feature: f}
}

// hourValue names an hour of the day, however far it is counted round.
func hourValue(hour int) Value {
	return Value{Hour, strconv.Itoa((hour%24 + 24) % 24)}
}

// plain is a text as a store can hold it: browsers send what they like.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if len(s) <= valueMax {
		return s
	}
	end := valueMax
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}
