"""What every program in Python does in the same way: asks the person, reports to the test."""
import json
import os
import sys

ISSUER = os.environ["ISSUER"]
CLIENT_ID = os.environ["CLIENT_ID"]
CLIENT_SECRET = os.environ.get("CLIENT_SECRET")
REDIRECT_URI = os.environ["REDIRECT_URI"]
CALLS = f"{ISSUER}/api/v1/calls"
CALL = {"callee": "+12025550100"}


def visit(url):
    """The person opens the URL. Returns where the server sends them at last."""
    print("visit", url, flush=True)
    return sys.stdin.readline().strip()


def report(**facts):
    print("report", json.dumps(facts), flush=True)
