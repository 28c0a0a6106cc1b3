"""Which request headers reach the application, and under which name."""

from tests.gateways.conftest import Environ
from tests.gateways.raw_http import ask
from wsgi_gateways.catalogue import Gateway


def test_authorization_is_passed_on(environ: Environ) -> None:
    assert environ("/probe/environ", "Authorization: Bearer abc")["HTTP_AUTHORIZATION"] == "Bearer abc"


def test_proxy_never_becomes_http_proxy(environ: Environ) -> None:
    told = environ("/probe/environ", "Proxy: http://evil.example")
    assert "HTTP_PROXY" not in told
    assert not [key for key, value in told.items() if "evil.example" in str(value)]


def test_an_underscore_does_not_pass_for_a_hyphen(environ: Environ) -> None:
    assert environ("/probe/environ", "X-Real: good", "X_Real: bad")["HTTP_X_REAL"] == "good"
    assert environ("/probe/environ", "X_Real: bad", "X-Real: good")["HTTP_X_REAL"] == "good"
    assert "HTTP_X_REAL" not in environ("/probe/environ", "X_Real: bad")


def test_underscores_cannot_make_up_a_cgi_variable(environ: Environ) -> None:
    told = environ("/probe/environ", "Content_Length: 9", "Remote_User: admin", "X-Real_Name: Eve")
    assert not {"REMOTE_USER", "HTTP_REMOTE_USER", "HTTP_CONTENT_LENGTH", "HTTP_X_REAL_NAME"} & told.keys()


def test_underscores_cannot_make_up_what_a_proxy_says(environ: Environ) -> None:
    told = environ("/probe/environ", "X-Forwarded_For: 192.0.2.1", "X_Forwarded_Proto: https")
    assert "192.0.2.1" not in str(told.get("HTTP_X_FORWARDED_FOR"))
    assert told.get("HTTP_X_FORWARDED_PROTO") != "https"
    assert told["wsgi.url_scheme"] == "http"


def test_a_client_cannot_say_that_it_used_tls(environ: Environ) -> None:
    assert environ("/probe/environ", "X-Forwarded-Proto: https")["wsgi.url_scheme"] == "http"
    assert environ("/probe/environ", "X-Forwarded-SSL: on")["wsgi.url_scheme"] == "http"


def test_repeated_headers_are_joined(environ: Environ) -> None:
    told = environ("/probe/environ", "X-Letter: a", "Accept: text/css", "X-Letter: b")
    assert str(told["HTTP_X_LETTER"]).replace(" ", "") == "a,b"


def test_repeated_cookies_are_joined_as_one(gateway: Gateway, environ: Environ) -> None:
    told = environ("/probe/environ", "Cookie: a=1", "Cookie: b=2")
    comma = gateway.has_quirk("cookies-joined-by-comma")
    assert told["HTTP_COOKIE"] == ("a=1, b=2" if comma else "a=1; b=2")


def test_a_header_in_latin_1_arrives_byte_for_byte(gateway: Gateway, environ: Environ) -> None:
    told = environ("/probe/environ", "X-Name: Andr\xe9")
    assert told["HTTP_X_NAME"] == ("" if gateway.has_quirk("only-ascii-in-headers") else "Andr\xe9")


def test_a_long_header_arrives_whole(environ: Environ) -> None:
    assert environ("/probe/environ", f"X-Long: {'x' * 8000}")["HTTP_X_LONG"] == "x" * 8000


def test_ninety_headers_arrive(environ: Environ) -> None:
    told = environ("/probe/environ", *(f"X-Number-{number}: {number}" for number in range(90)))
    assert [told[f"HTTP_X_NUMBER_{number}"] for number in range(90)] == [str(number) for number in range(90)]


def test_type_and_length_of_a_body_have_one_variable_each(port: int) -> None:
    lines = [
        "POST /probe/environ HTTP/1.1",
        "Host: localhost",
        "Content-Type: text/x-probe",
        "Content-Length: 2",
    ]
    answer = ask(port, "\r\n".join([*lines, "", "{}"]).encode())
    told = {key: item["value"] for key, item in answer.json.items()}
    assert told["CONTENT_TYPE"] == "text/x-probe"
    assert told["CONTENT_LENGTH"] == "2"
    assert not {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"} & told.keys()
