package notice

import (
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"fondaco/internal/assurance"
)

// kind says what a kind of mail needs.
type kind struct {
	link   bool
	greets bool     // by name; only where the reader has proved the address
	warns  bool     // it must arrive, whatever somebody has typed: see harden
	needs  []string // arguments that may not be empty
	may    []string // arguments that may
}

func kindOf(k assurance.MailKind) (kind, bool) {
	switch k {
	case assurance.MailConfirm, assurance.MailKnown, assurance.MailEmailNew:
		return kind{link: true}, true
	case assurance.MailReset:
		return kind{link: true, greets: true}, true
	case assurance.MailResetUnknown:
		return kind{}, true
	case assurance.MailInvite:
		return kind{link: true, needs: []string{"Role"}, may: []string{"Company", "By"}}, true
	case assurance.MailCode:
		return kind{greets: true, needs: []string{"Code"}}, true
	case assurance.MailEmailOld:
		return kind{link: true, greets: true, warns: true, needs: []string{"When"}}, true
	case assurance.MailAlert:
		return kind{link: true, greets: true, warns: true, needs: []string{"What", "When"}, may: []string{"Place", "Device"}}, true
	case assurance.MailPayoutAccount:
		return kind{link: true, greets: true, warns: true, needs: []string{"Company", "Masked"}, may: []string{"When"}}, true
	case assurance.MailCounterparty:
		return kind{greets: true, warns: true, needs: []string{"Company"}, may: []string{"Deal"}}, true
	case assurance.MailApproval:
		return kind{link: true, greets: true, needs: []string{"By", "What"}, may: []string{"Company"}}, true
	case assurance.MailReview:
		return kind{link: true, greets: true, needs: []string{"Company", "Verdict"}, may: []string{"Reasons"}}, true
	case assurance.MailCase:
		return kind{link: true, greets: true, needs: []string{"What", "When"}}, true
	case assurance.MailRecovery:
		return kind{greets: true, warns: true, needs: []string{"Who", "When"}}, true
	}
	return kind{}, false
}

// arguments words what the kind needs: codes become words, instants become dates.
func (w *Writer) arguments(m assurance.Mail, k kind, c catalog) (map[string]string, error) {
	args := map[string]string{"House": w.house}
	for _, name := range slices.Concat(k.needs, k.may) {
		value := strings.TrimSpace(m.Args[name])
		if err := sound(name, value); err != nil {
			if !k.warns {
				return nil, err
			}
			value = harden(value)
		}
		if value == "" {
			if slices.Contains(k.needs, name) {
				return nil, incomplete("a mail of kind " + string(m.Kind) + " without " + name)
			}
			value = w.otherwise(name, c)
		}
		args[name] = value
	}
	worded := maps.Clone(args)
	for name, value := range args {
		worded[name] = c.word(m.Kind, name, value)
	}
	return worded, nil
}

// otherwise is what stands for an argument that is not given: what has no company is
// an act of the house's own people.
func (w *Writer) otherwise(name string, c catalog) string {
	switch name {
	case "Reasons":
		return ""
	case "Company", "By":
		return w.house
	}
	return c.Unknown
}

// letterOf names the letter of a mail; some kinds read otherwise without an argument.
func letterOf(m assurance.Mail) string {
	switch {
	case m.Kind == assurance.MailInvite && m.Args["Company"] == "":
		return "invite_staff"
	case m.Kind == assurance.MailPayoutAccount && m.Args["When"] == "":
		return "payout_account_waits"
	case m.Kind == assurance.MailCase && m.Args["What"] == "overdue":
		return "case_overdue"
	}
	return string(m.Kind)
}

func (c catalog) word(k assurance.MailKind, name, value string) string {
	switch name {
	case "Role":
		return c.or("role."+value, harmless(value))
	case "Verdict":
		return c.or("verdict."+value, harmless(value))
	case "What":
		if k == assurance.MailApproval {
			return c.or("act."+value, c.Words["act.other"])
		}
		return c.or("what."+value, c.Words["what.other"])
	case "When":
		at, err := time.Parse(time.RFC3339, value)
		if err != nil {
			return harmless(value)
		}
		return at.UTC().Format(c.Date)
	}
	return harmless(value)
}

func (c catalog) or(key, otherwise string) string {
	if s, found := c.Words[key]; found {
		return s
	}
	return otherwise
}

// sound refuses what could break out of its line. Reasons are written by people of the
// house in several lines, and never stand in a header.
func sound(name, value string) error {
	line := value
	if name == "Reasons" {
		line = strings.NewReplacer("\r\n", " ", "\n", " ").Replace(value)
	}
	if !plain(line) || utf8.RuneCountInString(value) > argMax {
		return unsafe("args." + name)
	}
	return nil
}

// harden makes text of one line of anything. Whoever signs in with stolen words must not be able to
// keep the warning back by what the own browser calls itself, so a warning shows what it can.
func harden(value string) string {
	var out strings.Builder
	for i, r := range []rune(strings.ToValidUTF8(value, "\ufffd")) {
		if i == subjectMax {
			break
		}
		if !plain(string(r)) {
			r = '\ufffd'
		}
		out.WriteRune(r)
	}
	return out.String()
}
