package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"golang.org/x/oauth2"

	. "../room"
)

func randomText() string {
	bytes := make([]byte, 32)
	_, err := rand.Read(bytes)
	Check(err)
	return base64.RawURLEncoding.EncodeToString(bytes)
}

func main() {
	ctx := context.Background()
	// configuration
	config := oauth2.Config{
		ClientID:     CLIENT_ID,
		ClientSecret: CLIENT_SECRET,
		RedirectURL:  REDIRECT_URI,
		Scopes:       []string{"openid", "profile", "call"},
		Endpoint: oauth2.Endpoint{
			AuthURL:   ISSUER + "/oauth/authorize",
			TokenURL:  ISSUER + "/oauth/token",
			AuthStyle: oauth2.AuthStyleInHeader,
		},
	}
	state, verifier := randomText(), randomText()
	challenge := sha256.Sum256([]byte(verifier))
	address := config.AuthCodeURL(state,
		oauth2.SetAuthURLParam("code_challenge", base64.RawURLEncoding.EncodeToString(challenge[:])),
		oauth2.SetAuthURLParam("code_challenge_method", "S256"))
	// end

	answer := Visit(address)
	if answer.Get("state") != state {
		panic("wrong state")
	}
	token, err := config.Exchange(ctx, answer.Get("code"), oauth2.SetAuthURLParam("code_verifier", verifier))
	Check(err)
	renewed, err := config.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	Check(err)
	client := config.Client(ctx, renewed)
	response, err := client.Get(ISSUER + "/oauth/userinfo")
	Check(err)
	var userinfo map[string]interface{}
	Check(json.NewDecoder(response.Body).Decode(&userinfo))
	Report(Facts{
		"userinfo":  userinfo,
		"refreshed": renewed.AccessToken != token.AccessToken,
		"call":      Call(client),
	})
}
