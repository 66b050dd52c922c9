// Package room has what every program in Go does in the same way: asks the person, reports to the test.
package room

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// Of the server and the program's client, named as in the documentation.
var (
	ISSUER        = os.Getenv("ISSUER")
	CLIENT_ID     = os.Getenv("CLIENT_ID")
	CLIENT_SECRET = os.Getenv("CLIENT_SECRET")
	REDIRECT_URI  = os.Getenv("REDIRECT_URI")
)

// Visit lets the person open a URL, and returns what the server adds to the redirect URI.
func Visit(address string) url.Values {
	fmt.Println("visit", address)
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	Check(err)
	callback, err := url.Parse(strings.TrimSpace(line))
	Check(err)
	return callback.Query()
}

// Call opens a call, with a client that sends the token.
func Call(client *http.Client) (call map[string]interface{}) {
	body := []byte(`{"callee":"+12025550100"}`)
	answer, err := client.Post(ISSUER+"/api/v1/calls", "application/json", bytes.NewReader(body))
	Check(err)
	Check(json.NewDecoder(answer.Body).Decode(&call))
	return call
}

// Facts are what a program learned.
type Facts map[string]interface{}

// Report tells the test.
func Report(facts Facts) {
	text, err := json.Marshal(facts)
	Check(err)
	fmt.Println("report", string(text))
}

// Check ends the program if something failed.
func Check(err error) {
	if err != nil {
		panic(err)
	}
}
