package web

import (
	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web/ui"
)

// operationsView is what keeps the house from doing its work.
type operationsView struct {
	Halted  string
	Alarm   string
	Letters []assurance.Message
	Err     error
}

const lettersShown = 50

// mayOperate: administrators act on the house itself, auditors watch.
func mayOperate(p *assurance.Person) bool {
	return p != nil && (p.Office == identity.Administrator || p.Office == identity.Auditor)
}

func (s *site) operationsPage(v *visit) (reply, error) { return v.showOperations(nil) }

func (v *visit) showOperations(refusal error) (reply, error) {
	view, err := v.operations()
	if err != nil {
		return reply{}, err
	}
	view.Err = refusal
	rep := reply{page: ui.Page{Title: v.T("operations.title")}, view: operationsSheet(v, view)}
	if refusal != nil {
		rep.status = fault.KindOf(refusal).HTTPStatus()
	}
	return rep, nil
}

func (v *visit) operations() (view operationsView, err error) {
	view.Halted = v.house().Halted()
	if view.Letters, err = v.house().GivenUp(v.ctx(), v.actor(), lettersShown); err != nil {
		return view, err
	}
	view.Alarm, err = v.house().ClockAlarm(v.ctx())
	return view, err
}

// operate takes up writing again, or trusts the clock again. Neither needs a
// one-time key: the second press finds nothing to do.
func (s *site) operate(v *visit) (reply, error) {
	var err error
	var said string
	switch step := v.path("step"); step {
	case "resume":
		said = "flash.resumed"
		if v.posted("sure") == "" {
			err = fault.New(fault.Invalid, "web.not_sure", "Look into the cause first.").At("sure")
			break
		}
		err = v.house().Resume(v.ctx(), v.actor())
	case "clear-alarm":
		said = "flash.alarm_cleared"
		err = v.house().ClearClockAlarm(v.ctx(), v.actor())
	default:
		return reply{}, noSuchPage()
	}
	if err != nil {
		if k := fault.KindOf(err); k == fault.Forbidden || k == fault.Internal {
			return reply{}, err
		}
		return v.showOperations(err)
	}
	return goTo("/desk/operations", said)
}

// outageBeingTold is a time in which the house was down and of which some deals have not
// heard yet. It is nothing to those who have no deals to look at.
func (v *visit) outageBeingTold() (assurance.OutageHeld, bool) {
	if v.person == nil {
		return assurance.OutageHeld{}, false
	}
	return v.house().OutageBeingTold()
}
