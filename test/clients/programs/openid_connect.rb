require_relative 'room'

# configuration
require 'openid_connect'

SWD.url_builder = URI::HTTP # only for http:
server = OpenIDConnect::Discovery::Provider::Config.discover!(ISSUER)
client = OpenIDConnect::Client.new(
  identifier: CLIENT_ID, secret: CLIENT_SECRET, redirect_uri: REDIRECT_URI,
  authorization_endpoint: server.authorization_endpoint, token_endpoint: server.token_endpoint,
  userinfo_endpoint: server.userinfo_endpoint
)
state, nonce, verifier = Array.new(3) { SecureRandom.hex(32) }
url = client.authorization_uri(
  scope: %i[openid profile call], state: state, nonce: nonce, code_challenge_method: 'S256',
  code_challenge: Base64.urlsafe_encode64(Digest::SHA256.digest(verifier), padding: false)
)
# end

answer = URI.decode_www_form(visit(url).query).to_h
raise 'wrong state' unless answer['state'] == state

client.authorization_code = answer['code']
token = client.access_token!(code_verifier: verifier)
id_token = OpenIDConnect::ResponseObject::IdToken.decode(token.id_token, server.jwks)
id_token.verify!(issuer: ISSUER, client_id: CLIENT_ID, nonce: nonce)
userinfo = token.userinfo!
client.refresh_token = token.refresh_token
renewed = client.access_token!
report(
  claims: id_token.raw_attributes,
  userinfo: userinfo.raw_attributes,
  refreshed: renewed.access_token != token.access_token,
  call: place_call(renewed.access_token)
)
