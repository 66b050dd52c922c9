package main

import (
	"context"
	"net/http"

	"github.com/cli/oauth/device"
	"golang.org/x/oauth2"

	. "../room"
)

func main() {
	// configuration
	code, err := device.RequestCode(http.DefaultClient, ISSUER+"/oauth/device_authorization",
		CLIENT_ID, []string{"call"})
	// end
	Check(err)
	Visit(code.VerificationURIComplete)
	token, err := device.Wait(context.Background(), http.DefaultClient, ISSUER+"/oauth/token",
		device.WaitOptions{ClientID: CLIENT_ID, DeviceCode: code})
	Check(err)
	client := oauth2.NewClient(context.Background(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token.Token}))
	Report(Facts{"token": token.Token, "call": Call(client)})
}
