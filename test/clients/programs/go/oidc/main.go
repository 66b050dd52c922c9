package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"

	"github.com/coreos/go-oidc"
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
	provider, err := oidc.NewProvider(ctx, ISSUER)
	Check(err)
	config := oauth2.Config{
		ClientID:     CLIENT_ID,
		ClientSecret: CLIENT_SECRET,
		RedirectURL:  REDIRECT_URI,
		Scopes:       []string{oidc.ScopeOpenID, "profile", "call"},
		Endpoint:     provider.Endpoint(),
	}
	state, nonce, verifier := randomText(), randomText(), randomText()
	challenge := sha256.Sum256([]byte(verifier))
	address := config.AuthCodeURL(state, oidc.Nonce(nonce),
		oauth2.SetAuthURLParam("code_challenge", base64.RawURLEncoding.EncodeToString(challenge[:])),
		oauth2.SetAuthURLParam("code_challenge_method", "S256"))
	// end

	answer := Visit(address)
	if answer.Get("state") != state {
		panic("wrong state")
	}
	token, err := config.Exchange(ctx, answer.Get("code"), oauth2.SetAuthURLParam("code_verifier", verifier))
	Check(err)
	raw, _ := token.Extra("id_token").(string)
	idToken, err := provider.Verifier(&oidc.Config{ClientID: CLIENT_ID}).Verify(ctx, raw)
	Check(err)
	if idToken.Nonce != nonce {
		panic("wrong nonce")
	}
	var claims, userinfo map[string]interface{}
	Check(idToken.Claims(&claims))
	renewed, err := config.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	Check(err)
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(renewed))
	Check(err)
	Check(info.Claims(&userinfo))
	Report(Facts{
		"claims":    claims,
		"userinfo":  userinfo,
		"refreshed": renewed.AccessToken != token.AccessToken,
		"call":      Call(config.Client(ctx, renewed)),
	})
}
