package scms

import (
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
)

// Row is one line of the record that can become a deal.
type Row struct {
	Line        int    // in the file, the header is line 1
	ID          int64  // the record's own number
	Project     string // code of the buying programme
	Country     string // as the record writes it
	Destination string // ISO 3166-1 alpha-2 of Country
	Delivery    string // number of the shipment notice, such as "ASN-8"
	Rule        string // Incoterm, "DDU", or "N/A - From RDC"
	Mode        string // "Air", "Air Charter", "Truck", "Ocean", "N/A"
	Group       string // of products, such as "ARV"
	Item        string
	Vendor      string
	Site        string // of manufacture
	Quantity    int64  // packs
	PackPrice   money.Amount
	Value       money.Amount // of the line; not always quantity × pack price
	Freight     money.Amount // zero where FreightNote says where it is
	FreightNote string
	Insurance   money.Amount
	Ordered     time.Time // order sent to the vendor; zero if the record does not say
	Scheduled   time.Time // promised day of delivery, 00:00 UTC
	Delivered   time.Time
	Recorded    time.Time // when the delivery was written down
}

// Refusal is a row that cannot be a deal, and why.
type Refusal struct {
	Line   int    `json:"line"` // in the file
	ID     string `json:"id"`   // the record's own number, as written
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

// late is how many days after the promise the goods came; negative if before.
func (r Row) late() int { return int(r.Delivered.Sub(r.Scheduled) / day) }

const day = 24 * time.Hour

// dollars is the one currency of the record.
func dollars() money.Currency { return money.MustCurrency("USD") }

// columns are the header that the file must have, in this order.
func columns() []string {
	return []string{
		"ID", "Project Code", "PQ #", "PO / SO #", "ASN/DN #", "Country", "Managed By", "Fulfill Via",
		"Vendor INCO Term", "Shipment Mode", "PQ First Sent to Client Date", "PO Sent to Vendor Date",
		"Scheduled Delivery Date", "Delivered to Client Date", "Delivery Recorded Date", "Product Group",
		"Sub Classification", "Vendor", "Item Description", "Molecule/Test Type", "Brand", "Dosage", "Dosage Form",
		"Unit of Measure (Per Pack)", "Line Item Quantity", "Line Item Value", "Pack Price", "Unit Price",
		"Manufacturing Site", "First Line Designation", "Weight (Kilograms)", "Freight Cost (USD)",
		"Line Item Insurance (USD)",
	}
}

func invalid(code, message string) *fault.Error { return fault.New(fault.Invalid, code, message) }
