package passkey

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"math/big"
	"slices"

	"github.com/go-webauthn/webauthn/protocol/webauthncose"

	"fondaco/internal/trade/control"
	"fondaco/internal/trade/evidence"
)

// The algorithms of the house, by their numbers in the COSE registry (RFC 9053, RFC 8812).
const (
	es256 = -7
	eddsa = -8
	rs256 = -257
)

const rsaBitsMin = 2048

// VerifyAssertion checks by itself that the holder of the assertion's key, having been verified
// by the authenticator, signed exactly this hash on a page of the assertion's origin for its
// RP id (WebAuthn Level 3, section 7.2). It fails with Invalid passkey.bad, or Refused
// passkey.wrong_origin, passkey.wrong_house, passkey.wrong_challenge, passkey.not_verified.
func VerifyAssertion(a control.Assertion, hash evidence.Hash) error {
	origin, host, err := originOf(a.Origin)
	if err != nil {
		return bad(err)
	}
	if origin != a.Origin || !under(host, a.RPID) {
		return bad(errors.New("the origin is not under the RP id"))
	}
	c := ceremony{kind: "webauthn.get", challenge: hash[:], origin: a.Origin, rpID: a.RPID}
	if err := c.check(a.ClientDataJSON, a.AuthenticatorData); err != nil {
		return err
	}
	key, err := x509.ParsePKIXPublicKey(a.PublicKey)
	if err != nil {
		return bad(err)
	}
	client := sha256.Sum256(a.ClientDataJSON)
	if !signed(key, a.Algorithm, slices.Concat(a.AuthenticatorData, client[:]), a.Signature) {
		return bad(errors.New("the signature does not fit"))
	}
	return nil
}

func signed(key any, algorithm int64, message, signature []byte) bool {
	digest := sha256.Sum256(message)
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		return algorithm == es256 && k.Curve == elliptic.P256() && ecdsa.VerifyASN1(k, digest[:], signature)
	case ed25519.PublicKey:
		return algorithm == eddsa && ed25519.Verify(k, message, signature)
	case *rsa.PublicKey:
		return algorithm == rs256 && k.N.BitLen() >= rsaBitsMin && rsa.VerifyPKCS1v15(k, crypto.SHA256, digest[:], signature) == nil
	}
	return false
}

// spki turns a COSE_Key (RFC 9052) into the SubjectPublicKeyInfo of RFC 5280 in DER, and
// returns its algorithm. Keys of other algorithms than the house's are refused.
func spki(cose []byte) (der []byte, algorithm int64, err error) {
	parsed, err := webauthncose.ParsePublicKey(cose)
	if err != nil {
		return nil, 0, err
	}
	var key any
	switch k := parsed.(type) {
	case webauthncose.EC2PublicKeyData:
		algorithm = k.Algorithm
		key, err = pointOf(k)
	case webauthncose.OKPPublicKeyData:
		algorithm = k.Algorithm
		key = ed25519.PublicKey(k.XCoord)
		if algorithm != eddsa || len(k.XCoord) != ed25519.PublicKeySize {
			err = errors.New("not an Ed25519 key")
		}
	case webauthncose.RSAPublicKeyData:
		algorithm = k.Algorithm
		key, err = modulusOf(k)
	default:
		err = errors.New("a key of a kind that the house does not verify")
	}
	if err != nil {
		return nil, 0, err
	}
	der, err = x509.MarshalPKIXPublicKey(key)
	return der, algorithm, err
}

func pointOf(k webauthncose.EC2PublicKeyData) (*ecdsa.PublicKey, error) {
	const coordinate = 32
	if k.Algorithm != es256 || len(k.XCoord) != coordinate || len(k.YCoord) != coordinate {
		return nil, errors.New("not a P-256 key")
	}
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, k.XCoord, k.YCoord))
}

func modulusOf(k webauthncose.RSAPublicKeyData) (*rsa.PublicKey, error) {
	const exponentMax = 4 // bytes
	n := new(big.Int).SetBytes(k.Modulus)
	e := new(big.Int).SetBytes(k.Exponent)
	if k.Algorithm != rs256 || n.BitLen() < rsaBitsMin || len(k.Exponent) > exponentMax || !e.IsInt64() || e.Int64() < 3 || e.Bit(0) == 0 {
		return nil, errors.New("not an RSA key of 2048 bits or more")
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}, nil
}
