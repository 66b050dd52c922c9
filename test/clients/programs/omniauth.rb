require 'rack'
require 'rack/handler/webrick'
require_relative 'room'

# configuration
require 'omniauth_openid_connect'

SWD.url_builder = URI::HTTP # only for http:
SETTINGS = { # use OmniAuth::Strategies::OpenIDConnect, SETTINGS
  issuer: ISSUER, discovery: true, scope: %i[openid profile call],
  client_options: { identifier: CLIENT_ID, secret: CLIENT_SECRET, redirect_uri: REDIRECT_URI }
}.freeze
# end

FORM = '<form method="post" action="/auth/openid_connect">' \
       '<input type="hidden" name="authenticity_token" value="%s"></form>'.freeze

def json(facts)
  [200, { 'Content-Type' => 'application/json' }, [facts.to_json]]
end

def sign_in_page(env)
  token = Rack::Protection::AuthenticityToken.token(env['rack.session'])
  [200, { 'Content-Type' => 'text/html' }, [format(FORM, token)]]
end

def facts_of(auth)
  userinfo = { sub: auth.uid, preferred_username: auth.info.nickname, name: auth.info.name }
  json(userinfo: userinfo, call: place_call(auth.credentials.token))
end

APP = Rack::Builder.new do
  use Rack::Session::Cookie, secret: 'a secret of the application, which is long enough for its cookie'
  use OmniAuth::Strategies::OpenIDConnect, SETTINGS
  run lambda { |env|
    case env['PATH_INFO']
    when '/auth/openid_connect/callback' then facts_of(env['omniauth.auth'])
    when '/auth/failure' then json(error: Rack::Request.new(env).params)
    else sign_in_page(env)
    end
  }
end
Rack::Handler::WEBrick.run(
  APP, Host: 'localhost', Port: URI(REDIRECT_URI).port, AccessLog: [],
       StartCallback: -> { puts 'ready'; $stdout.flush }
)
