# What every program in Ruby does in the same way: asks the person, reports to the test.
require 'json'
require 'net/http'

ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI = ENV.values_at('ISSUER', 'CLIENT_ID', 'CLIENT_SECRET', 'REDIRECT_URI')
CALLS = URI("#{ISSUER}/api/v1/calls")
CALL = { callee: '+12025550100' }.freeze

# Opens a call with a token.
def place_call(token)
  headers = { 'Authorization' => "Bearer #{token}", 'Content-Type' => 'application/json' }
  JSON.parse(Net::HTTP.post(CALLS, CALL.to_json, headers).body)
end

# The person opens the URL. Returns where the server sends them at last.
def visit(url)
  $stdout.puts "visit #{url}"
  $stdout.flush
  URI($stdin.gets.strip)
end

def report(facts)
  puts "report #{facts.to_json}"
end
