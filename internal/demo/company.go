package demo

import (
	"context"
	"net/http"
	"time"
)

// holdHours is how long a house waits before money goes to a new account.
const holdHours = 72

// account is where a company wants its money.
type account struct {
	Holder   string `json:"holder"`
	Number   string `json:"number"`
	BIC      string `json:"bic"`
	BankName string `json:"bank_name"`
	Country  string `json:"country"`
	Currency string `json:"currency"`
}

// accounts are at a bank that does not exist. The numbers have the form of their
// country and belong to nobody.
func accounts() map[string]account {
	return map[string]account{
		haichuan: {Number: "0000 4170 0010 0001", BIC: "DEMOCNBJ", Country: "CN", Currency: "USD"},
		lanlu:    {Number: "0000 4170 0010 0002", BIC: "DEMOCNBJ", Country: "CN", Currency: "USD"},
		yunding:  {Number: "0000 4170 0010 0003", BIC: "DEMOCNBJ", Country: "CN", Currency: "EUR"},
		elbtor:   {Number: "DE35200000000000417042", BIC: "DEMODEHH", Country: "DE", Currency: "EUR"},
		mtwapa:   {Number: "0000417000118", BIC: "DEMOKENA", Country: "KE", Currency: "KES"},
		rivage:   {Number: "FR310000000000DEM0003332233", BIC: "DEMOFRPP", Country: "FR", Currency: "EUR"},
		quiche:   {Number: "GT18DEMO00000000000000220701", BIC: "DEMOGTGC", Country: "GT", Currency: "USD"},
		harbour:  {Number: "000041709901", BIC: "DEMOCATT", Country: "CA", Currency: "CAD"},
		minato:   {Number: "0000417777", BIC: "DEMOJPJT", Country: "JP", Currency: "JPY"},
		azul:     {Number: "PT98000000000000417077312", BIC: "DEMOPTPL", Country: "PT", Currency: "EUR"},
		nordlys:  {Number: "NO9300004174410", BIC: "DEMONOKK", Country: "NO", Currency: "EUR"},
		marsa:    {Number: "KW27DEMO0000000000000000005512", BIC: "DEMOKWKW", Country: "KW", Currency: "KWD"},
	}
}

// prove hands in the company's profile, and lets compliance verify it.
func (t *troupe) prove(ctx context.Context, key string) error {
	m := t.members[key]
	file := struct {
		company
		People []controller `json:"people,omitempty"`
	}{cast()[key].Company, owners()[key]}
	if err := m.do(ctx, http.MethodPut, "/v1/company/profile", file, nil); err != nil {
		return err
	}
	until := t.time().AddDate(1, 0, 0).Format(time.RFC3339)
	return t.clerk.post(ctx, "/v1/parties/"+m.party+"/review", map[string]string{"verdict": "verified", "until": until}, nil)
}

// bank names where the company's money shall go. The one person of the company and
// the treasury of the house, which stands in for a second one, agree to it.
func (t *troupe) bank(ctx context.Context, key string) error {
	m, a := t.members[key], accounts()[key]
	a.Holder, a.BankName = m.company, "Demo Bank"
	return m.sign(ctx, deed{operation: "propose-payout-account", path: "/v1/payout-accounts", body: a}, t.cashier)
}
