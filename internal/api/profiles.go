package api

import (
	"context"
	"mime"
	"net/http"
	"time"

	"fondaco/internal/trade/identity"
)

// Profile is what a company says of itself for review.
type Profile struct {
	LegalName    string       `json:"legal_name" example:"Acme GmbH"`
	Country      string       `json:"country" doc:"ISO 3166-1 alpha-2" example:"DE"`
	Registration string       `json:"registration" doc:"Number in the register of its country" example:"HRB 12345"`
	Address      string       `json:"address" example:"Hafenstrasse 1, 20457 Hamburg"`
	LEI          string       `json:"lei" required:"false" doc:"ISO 17442" example:"5493001KJTIIGC8Y1R12"`
	VAT          string       `json:"vat" required:"false" doc:"With its country's letters" example:"DE136695976"`
	Website      string       `json:"website" required:"false" example:"https://acme.example"`
	OtherNames   []string     `json:"other_names" required:"false" doc:"Names that the company trades under, and its name in its own script; at most 10"`
	People       []Controller `json:"people" required:"false" doc:"Those who own a part of the company or decide for it; at most 50"`
	Documents    []Document   `json:"documents" required:"false"`
}

// Controller is a natural person behind a company.
type Controller struct {
	Name         string `json:"name" example:"Anna Ahlers"`
	LocalName    string `json:"local_name" required:"false" doc:"In the script of the passport" example:"安娜"`
	Birth        string `json:"birth" required:"false" doc:"1980-05-31, 1980-05 or 1980" example:"1980-05"`
	Country      string `json:"country" required:"false" doc:"Of nationality, ISO 3166-1 alpha-2" example:"DE"`
	Capacity     string `json:"capacity" enum:"owner,director,signatory" doc:"signatory: signs for the company without being a member here" example:"owner"`
	SharePercent int    `json:"share_percent" required:"false" doc:"Of an owner" example:"60"`
}

// Document names a file that supports a profile, and was handed in before.
type Document struct {
	Hash string `json:"hash" doc:"SHA-256 of the file, in hexadecimal" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
	Kind string `json:"kind" enum:"registration_extract,tax,ownership,identity,other" example:"registration_extract"`
	Name string `json:"name" required:"false" doc:"The house's own answer is that of the file" example:"extract.pdf"`
	Size int64  `json:"size" required:"false" doc:"Bytes; likewise" example:"81234"`
}

// HandedIn is a file that the house has taken.
type HandedIn struct {
	Hash string `json:"hash" doc:"SHA-256 of the file, in hexadecimal" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
	Name string `json:"name" example:"extract.pdf"`
	Kind string `json:"kind" doc:"Media type, by its content" example:"application/pdf"`
	Size int    `json:"size" doc:"Bytes" example:"81234"`
}

// Review is the verdict of staff on a profile.
type Review struct {
	Verdict    string `json:"verdict" enum:"verified,more_needed,refused" example:"verified"`
	Reasons    string `json:"reasons" required:"false" doc:"Needed unless verified" example:"The extract is older than three months."`
	Until      string `json:"until" required:"false" format:"date-time" doc:"Of verified: at most two years from now" example:"2028-03-01T00:00:00Z"`
	Submission int    `json:"submission" required:"false" doc:"The number of the profile that was read (submissions); 0 judges whatever is there" example:"1"`
}

const documentBytesMax = 10 << 20

func profileOf(p identity.Profile) Profile {
	out := Profile{
		LegalName: p.LegalName, Country: p.Country, Registration: p.Registration, Address: p.Address, LEI: p.LEI, VAT: p.VAT, Website: p.Website,
		OtherNames: texts(p.OtherNames), People: []Controller{}, Documents: []Document{},
	}
	for _, d := range p.Documents {
		out.Documents = append(out.Documents, Document(d))
	}
	for _, c := range p.People {
		out.People = append(out.People, Controller{
			Name: c.Name, LocalName: c.LocalName, Birth: c.Birth, Country: c.Country, Capacity: string(c.Capacity), SharePercent: c.SharePercent,
		})
	}
	return out
}

func (p Profile) house() identity.Profile {
	out := identity.Profile{
		LegalName: p.LegalName, Country: p.Country, Registration: p.Registration, Address: p.Address, LEI: p.LEI, VAT: p.VAT, Website: p.Website,
		OtherNames: p.OtherNames,
	}
	for _, d := range p.Documents {
		out.Documents = append(out.Documents, identity.Document(d))
	}
	for _, c := range p.People {
		out.People = append(out.People, identity.Controller{
			Name: c.Name, LocalName: c.LocalName, Birth: c.Birth, Country: c.Country, Capacity: identity.Capacity(c.Capacity), SharePercent: c.SharePercent,
		})
	}
	return out
}

func (s *server) profiles() {
	add(s, operation{
		id: "submit-profile", method: http.MethodPut, path: "/v1/company/profile", tag: "company", write: true,
		summary: "Hand in your company's profile for review (role: owner)", doc: "Another name, country or registration number ends a verification.",
	}, func(ctx context.Context, c caller, in *struct{ Body Profile }) (*receiptAnswer, error) {
		return receiptOf(s.house.SubmitProfile(ctx, c.call(), in.Body.house()))
	})
	add(s, operation{
		id: "hand-in-document", method: http.MethodPost, path: "/v1/company/documents", tag: "company", status: http.StatusCreated, file: documentBytesMax,
		summary: "Hand in a file that supports the profile (role: owner)", doc: "PDF, PNG or JPEG by its content, at most 10 MiB. The body is the file itself.",
	}, s.handIn)
	add(s, operation{
		id: "get-document", method: http.MethodGet, path: "/v1/parties/{id}/documents/{hash}", tag: "company",
		summary: "A file that was handed in, for its company and those who review it",
		answers: map[int]answered{http.StatusOK: {says: "The file, to be saved", kind: "application/octet-stream"}},
	}, func(ctx context.Context, c caller, in *struct {
		ByID
		Hash string `path:"hash" maxLength:"64" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
	},
	) (*exported, error) {
		d, err := s.house.Document(ctx, c.By, identity.PartyID(in.ID), in.Hash)
		if err != nil {
			return nil, err
		}
		return &exported{"application/octet-stream", mime.FormatMediaType("attachment", map[string]string{"filename": d.Name}), d.Bytes}, nil
	})
	add(s, operation{
		id: "review-profile", method: http.MethodPost, path: "/v1/parties/{id}/review", tag: "staff", write: true,
		summary: "Judge a company's profile (offices: administrator, compliance)",
	}, func(ctx context.Context, c caller, in *struct {
		ByID
		Body Review
	},
	) (*receiptAnswer, error) {
		b := in.Body
		var until time.Time
		if b.Until != "" {
			var err error
			if until, err = instantOf(b.Until, "until"); err != nil {
				return nil, err
			}
		}
		return receiptOf(s.house.ReviewProfile(ctx, c.call(), identity.PartyID(in.ID), identity.ReviewProfile{
			Verdict: identity.Standing(b.Verdict), Reasons: b.Reasons, Until: until, Submission: b.Submission,
		}))
	})
}

func (s *server) handIn(ctx context.Context, c caller, in *struct {
	Name    string `query:"name" maxLength:"200" doc:"Of the file" example:"extract.pdf"`
	RawBody []byte `contentType:"application/octet-stream"`
},
) (*struct{ Body HandedIn }, error) {
	d, err := s.house.HandIn(ctx, c.call(), in.Name, in.RawBody)
	if err != nil {
		return nil, err
	}
	return &struct{ Body HandedIn }{HandedIn{Hash: d.Hash, Name: d.Name, Kind: d.Kind, Size: len(d.Bytes)}}, nil
}
