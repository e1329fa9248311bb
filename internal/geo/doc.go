// Package geo says where a network address is, from files that the operator may have.
//
//	203.0.113.7 ─ Locate ─▶ country, city, network, latitude and longitude
//
// A house works without any file: then every place is unknown. Files are in the MaxMind DB
// format, as MaxMind (GeoLite2 City, Country, ASN), DB-IP and IPinfo publish them. Several
// can be used at once; each adds what the ones before it did not know.
//
// # Invariants
//
//   - Nothing leaves the house: no service is asked.
//   - A file is read whole when the house starts. Replacing or cutting it later harms nobody and
//     takes effect at the next start.
//   - Whatever a file holds, the answer is well-formed: a country is two letters, a
//     city is printable text, a point lies on the globe.
//   - A point that stands for a whole country is no point: who is judged by distances
//     must not be judged by a country's middle.
//
// # What it does not do
//
// It holds no file of its own and judges nothing: what an unusual place means is for
// package signin to say.
package geo
