package demo

import (
	"context"
	"net/url"
	"strings"
	"time"

	"fondaco/internal/fault"
)

// Password is that of every account the demo makes. A sandbox holds nothing that
// is worth more.
const Password = "a house full of merchants"

// SignIn is an account that the demo has made or was given.
type SignIn struct {
	Email    string
	Password string
	Name     string
	Role     string // company or office, as people read it
}

// member is a person with the company it belongs to.
type member struct {
	*client
	person  string
	company string
	country string
	party   string
	email   string
}

type signUp struct {
	Email    string  `json:"email"`
	Name     string  `json:"name"`
	Password string  `json:"password"`
	Language string  `json:"language"`
	Company  company `json:"company"`
}

type company struct {
	LegalName    string `json:"legal_name"`
	Country      string `json:"country"`
	Registration string `json:"registration"`
	Address      string `json:"address"`
}

// The companies, by the key under which the scenes know them.
const (
	haichuan = "haichuan"
	lanlu    = "lanlu"
	yunding  = "yunding"
	elbtor   = "elbtor"
	mtwapa   = "mtwapa"
	rivage   = "rivage"
	quiche   = "quiche"
	harbour  = "harbour"
	minato   = "minato"
	marsa    = "marsa"
	azul     = "azul"
	nordlys  = "nordlys"
)

// cast is everybody who signs up. All of it is invented.
func cast() map[string]signUp {
	return map[string]signUp{
		haichuan: {"chen.yu@haichuan.example", "陈宇", Password, "zh", company{"宁波海川泵业有限公司", "CN", "91330200MA0DEM001A", "浙江省宁波市北仑区港口路 88 号"}},
		lanlu:    {"lin.xiaomei@lanlu.example", "林晓梅", Password, "zh", company{"深圳市蓝鹭光电科技有限公司", "CN", "91440300MA0DEM002D", "广东省深圳市宝安区新桥街道 16 号"}},
		yunding:  {"zhao.wen@yunding-tea.example", "赵文", Password, "zh", company{"云顶茶叶（福建）有限公司", "CN", "91350700MA0DEM003J", "福建省武夷山市茶博大道 5 号"}},
		elbtor:   {"anna.keller@elbtor.example", "Anna Keller", Password, "en", company{"Elbtor Wassertechnik GmbH", "DE", "HRB 000417", "Kaistraße 12, 20457 Hamburg"}},
		mtwapa:   {"joseph.otieno@mtwapa-sun.example", "Joseph Otieno", Password, "en", company{"Mtwapa Sunworks Ltd", "KE", "PVT-DEMO-118", "Links Road, Mombasa"}},
		rivage:   {"claire.morel@rivage.example", "Claire Morel", Password, "en", company{"Maison Beau Rivage SARL", "FR", "RCS 000 222 333", "4 quai des Chartrons, 33000 Bordeaux"}},
		quiche:   {"mateo.tzoc@altoquiche.example", "Mateo Tzoc", Password, "en", company{"Cooperativa Café Alto Quiché R.L.", "GT", "GT-DEMO-2207", "Zona 1, Santa Cruz del Quiché"}},
		harbour:  {"emily.roy@mapleharbour.example", "Emily Roy", Password, "en", company{"Maple Harbour Roasters Inc.", "CA", "DEMO-990-1", "210 Water Street, Halifax"}},
		minato:   {"sato.haruka@minatoseiki.example", "佐藤 遥", Password, "en", company{"株式会社みなと精機デモ", "JP", "0000-01-000777", "横浜市鶴見区 3-4"}},
		marsa:    {"huda.alsalem@marsa.example", "Huda Al-Salem", Password, "en", company{"Marsa Building Supplies W.L.L.", "KW", "KW-DEMO-5512", "Shuwaikh Industrial, Kuwait City"}},
		azul:     {"ines.moura@lagoa-azul.example", "Inês Moura", Password, "en", company{"Lagoa Azul Cerâmica Lda", "PT", "PT-DEMO-7731", "Rua do Forno 9, Aveiro"}},
		nordlys:  {"sigrid.haug@nordlyskjel.example", "Sigrid Haug", Password, "en", company{"Nordlys Kjelverk AS", "NO", "NO-DEMO-4410", "Verftsgata 2, Trondheim"}},
	}
}

// SignIns are the accounts of the companies, in the order in which they sign up.
func SignIns() []SignIn {
	var out []SignIn
	for _, key := range sortedCast() {
		up := cast()[key]
		out = append(out, SignIn{up.Email, up.Password, up.Name, up.Company.LegalName + ", " + up.Company.Country})
	}
	return out
}

// join asks for an account with a company.
func (t *troupe) join(ctx context.Context, key string) error {
	stranger := t.client("", "")
	return stranger.post(ctx, "/v1/sign-up", cast()[key], nil)
}

// meet opens the account by the link of the mail that the sandbox keeps, and lets
// the person put an authenticator app on a phone.
func (t *troupe) meet(ctx context.Context, key string) error {
	up := cast()[key]
	secret, err := t.linkTo(ctx, up.Email, "/join/")
	if err != nil {
		return err
	}
	c := t.client(up.Email, up.Password)
	var in entrance
	if err := c.post(ctx, "/v1/sign-up/confirm", map[string]string{"secret": secret}, &in); err != nil {
		return err
	}
	c.token = in.Token
	t.members[key] = &member{client: c, person: up.Name, company: up.Company.LegalName, country: up.Company.Country, party: in.Person.Party, email: up.Email}
	if t.mover == nil {
		t.mover = c
	}
	return t.enrol(ctx, c)
}

// linkTo waits for a mail to the address and answers what its link ends with.
func (t *troupe) linkTo(ctx context.Context, email, prefix string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, waitMax)
	defer cancel()
	anybody := t.client("", "")
	for {
		var box struct {
			Items []struct {
				Link string `json:"link"`
			} `json:"items"`
		}
		if err := anybody.get(ctx, "/v1/sandbox/mail?limit=200&to="+url.QueryEscape(email), &box); err != nil {
			return "", err
		}
		for _, m := range box.Items {
			if _, secret, found := strings.Cut(m.Link, prefix); found {
				return secret, nil
			}
		}
		select {
		case <-ctx.Done():
			return "", fault.New(fault.Unavailable, "demo.no_mail", "No mail has come to {address}.").With("address", email)
		case <-time.After(waitEvery):
		}
	}
}

func (t *troupe) client(email, password string) *client {
	return &client{troupe: t, email: email, password: password, phone: &phone{}}
}
