package scms

import "strings"

// countries are the destinations of the record by the names it uses.
func countries() map[string]string {
	return map[string]string{
		"Afghanistan": "AF", "Angola": "AO", "Belize": "BZ", "Benin": "BJ", "Botswana": "BW", "Burkina Faso": "BF",
		"Burundi": "BI", "Cameroon": "CM", "Congo, DRC": "CD", "Côte d'Ivoire": "CI", "Dominican Republic": "DO",
		"Ethiopia": "ET", "Ghana": "GH", "Guatemala": "GT", "Guinea": "GN", "Guyana": "GY", "Haiti": "HT",
		"Kazakhstan": "KZ", "Kenya": "KE", "Kyrgyzstan": "KG", "Lebanon": "LB", "Lesotho": "LS", "Liberia": "LR",
		"Libya": "LY", "Malawi": "MW", "Mali": "ML", "Mozambique": "MZ", "Namibia": "NA", "Nigeria": "NG",
		"Pakistan": "PK", "Rwanda": "RW", "Senegal": "SN", "Sierra Leone": "SL", "South Africa": "ZA",
		"South Sudan": "SS", "Sudan": "SD", "Swaziland": "SZ", "Tanzania": "TZ", "Togo": "TG", "Uganda": "UG",
		"Vietnam": "VN", "Zambia": "ZM", "Zimbabwe": "ZW",
	}
}

// originOf is the country that a site of manufacture names at its end, such as
// "Aurobindo Unit III, India" or "MSD, Haarlem, NL"; "" if it names none.
func originOf(site string) string {
	words := strings.FieldsFunc(strings.ToUpper(site), func(r rune) bool { return strings.ContainsRune(" ,.()", r) })
	if len(words) == 0 {
		return ""
	}
	last := words[len(words)-1]
	if len(words) > 1 {
		if code, known := originWords()[words[len(words)-2]+" "+last]; known {
			return code
		}
	}
	return originWords()[last]
}

// originWords are the last words of sites in the record. SA is South Africa there.
func originWords() map[string]string {
	return map[string]string{
		"INDIA": "IN", "IN": "IN", "GERMANY": "DE", "DE": "DE", "WIESBADEN": "DE", "UK": "GB", "FRANCE": "FR", "SA": "ZA",
		"SOUTH AFRICA": "ZA", "KOREA": "KR", "JAPAN": "JP", "NL": "NL", "CANADA": "CA", "THAILAND": "TH", "CHINA": "CN",
		"IT": "IT", "GR": "GR", "USA": "US", "US": "US", "SWITZERLAND": "CH", "BASEL": "CH", "MADRID": "ES",
		"POLAND": "PL", "AUSTRALIA": "AU", "CY": "CY", "CYPRUS": "CY", "PUERTO RICO": "PR", "NORWAY": "NO",
	}
}
