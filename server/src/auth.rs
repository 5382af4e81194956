//! From a request to the person who sent it: the one place where actors come from.
//!
//! A browser brings the session cookie, a program a bearer token. Another way of signing in (passwords, say) ends here too:
//! it proves who somebody is and then hands out a session by [`cookie`].

use crate::config::Config;
use crate::people::{Identity, People, SESSION_LIFETIME_MS, Secret};
use crate::rates::Address;
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use std::net::{IpAddr, SocketAddr};

/// Name of the cookie that holds a session.
pub const COOKIE_NAME: &str = "landfall_session";

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who sent a request with these headers; `None` for a stranger, or a credential that is no longer good.
pub async fn identify(people: &People, headers: &HeaderMap) -> Result<Option<Identity>, sqlx::Error> {
    match bearer(headers).or_else(|| session(headers)) {
        Some(secret) => people.identify(secret).await,
        None => Ok(None),
    }
}

/// May a page of this origin use the sessions of this server?
///
/// Browsers name the origin of the page on every WebSocket and on every `POST`. It must be this very server, by the name the browser called it,
/// or one that the operator listed. A request that names none does not come from a page, and one with a bearer token does not live off a cookie.
pub fn is_origin_good(config: &Config, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    if bearer(headers).is_some() {
        return true;
    }
    let Ok(origin) = origin.to_str() else { return false };
    if is_listed(config, origin) {
        return true;
    }
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    matches!((authority, host), (Some(authority), Some(host)) if authority.eq_ignore_ascii_case(host))
}

/// Is this an origin that the operator listed, or that of another node?
pub fn is_listed(config: &Config, origin: &str) -> bool {
    config.origins.iter().chain(&config.addresses).any(|good| good.eq_ignore_ascii_case(origin))
}

/// Where the sender's browser reaches this server: for links that are handed on.
pub fn base_url(config: &Config, headers: &HeaderMap) -> String {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match (text(ORIGIN), text(HOST)) {
        (Some(origin), _) if origin != "null" => origin.to_owned(),
        (_, Some(host)) => format!("{}://{host}", if is_https(config, headers) { "https" } else { "http" }),
        _ => config.origins.first().cloned().unwrap_or_default(),
    }
}

/// The header that signs a browser in.
pub fn cookie(config: &Config, headers: &HeaderMap, secret: &Secret) -> HeaderValue {
    set_cookie(config, config.cookie_domain.as_deref(), headers, secret.reveal(), SESSION_LIFETIME_MS / 1000)
}

/// The header that makes a session that was good at this host good at the others, where there are any.
pub fn wider_cookie(config: &Config, headers: &HeaderMap) -> Option<HeaderValue> {
    config.cookie_domain.as_ref()?;
    let secret = session(headers).filter(|_| bearer(headers).is_none())?;
    Some(set_cookie(config, config.cookie_domain.as_deref(), headers, secret, SESSION_LIFETIME_MS / 1000))
}

/// The headers that make a browser forget its session, also one from before there was a domain.
pub fn no_cookies(config: &Config, headers: &HeaderMap) -> impl Iterator<Item = HeaderValue> {
    let domains = [None, config.cookie_domain.as_deref()];
    domains.into_iter().take(1 + usize::from(config.cookie_domain.is_some())).map(|domain| set_cookie(config, domain, headers, "", 0))
}

fn set_cookie(config: &Config, domain: Option<&str>, headers: &HeaderMap, value: &str, max_age_seconds: u64) -> HeaderValue {
    let secure = if is_https(config, headers) { "; Secure" } else { "" };
    let domain = domain.map(|domain| format!("; Domain={domain}")).unwrap_or_default();
    let text = format!("{COOKIE_NAME}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_seconds}{domain}{secure}");
    let mut header = HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""));
    header.set_sensitive(true);
    header
}

/// This server speaks plain HTTP; whether a proxy in front of it was asked by https, only that proxy can say.
fn is_https(config: &Config, headers: &HeaderMap) -> bool {
    config.trust_proxy && headers.get(FORWARDED_PROTO).is_some_and(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https"))
}

/// Where a request comes from. What stands last in `X-Forwarded-For` the proxy in front has written; everything before it anybody can write.
pub fn address(config: &Config, headers: &HeaderMap, peer: SocketAddr) -> Address {
    let forwarded = || {
        let hops = headers.get_all(FORWARDED_FOR).iter().next_back()?.to_str().ok()?;
        hops.rsplit(',').next()?.trim().parse::<IpAddr>().ok()
    };
    config.trust_proxy.then(forwarded).flatten().unwrap_or(peer.ip()).into()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn session(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).into_iter().filter_map(|header| header.to_str().ok()).flat_map(|header| header.split(';'));
    cookies.filter_map(|cookie| cookie.trim().split_once('=')).find(|(name, _)| *name == COOKIE_NAME).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_page_of_another_origin_may_not_use_a_session() {
        let config = Config { origins: vec!["https://board.example.org".into()], ..Config::default() };
        let good = |pairs: &[(HeaderName, &'static str)]| is_origin_good(&config, &headers(pairs));
        assert!(good(&[(HOST, "localhost:4000"), (ORIGIN, "http://localhost:4000")]));
        assert!(good(&[(HOST, "inside:4000"), (ORIGIN, "https://board.example.org")]));
        assert!(good(&[(HOST, "localhost:4000")]));
        assert!(good(&[(HOST, "localhost:4000"), (ORIGIN, "https://elsewhere"), (AUTHORIZATION, "Bearer x")]));
        assert!(!good(&[(HOST, "localhost:4000"), (ORIGIN, "http://localhost:4001")]));
        assert!(!good(&[(HOST, "localhost:4000"), (ORIGIN, "https://evil.example")]));
        assert!(!good(&[(HOST, "localhost:4000"), (ORIGIN, "null")]));
        assert!(!good(&[(ORIGIN, "http://localhost:4000")]));
    }

    #[test]
    fn the_cookie_is_found_among_others_and_a_token_goes_before_it() {
        assert_eq!(session(&headers(&[(COOKIE, "a=b; landfall_session=secret; c=d")])), Some("secret"));
        assert_eq!(session(&headers(&[(COOKIE, "not_landfall_session=secret")])), None);
        assert_eq!(bearer(&headers(&[(AUTHORIZATION, "bearer  t")])), Some("t"));
        assert_eq!(bearer(&headers(&[(AUTHORIZATION, "Basic t")])), None);
    }

    #[test]
    fn an_address_is_what_a_trusted_proxy_says_last_or_else_the_other_end_of_the_line() {
        let trusting = Config { trust_proxy: true, ..Config::default() };
        let peer = SocketAddr::from(([10, 0, 0, 1], 5000));
        let doubting = Config::default();
        let of = |config, pairs: &[(HeaderName, &'static str)]| address(config, &headers(pairs), peer);
        let said = |text: &str| Address::from(text.parse::<IpAddr>().unwrap());
        let forwarded = [(FORWARDED_FOR, "192.0.2.9, 192.0.2.7")];
        assert_eq!(of(&trusting, &forwarded), said("192.0.2.7"));
        assert_eq!(of(&doubting, &forwarded), said("10.0.0.1"));
        assert_eq!(of(&trusting, &[(FORWARDED_FOR, "somebody")]), said("10.0.0.1"));
        assert_eq!(of(&trusting, &[]), said("10.0.0.1"));
    }

    #[test]
    fn the_cookie_is_secure_only_when_a_trusted_proxy_says_https() {
        let trusting = Config { trust_proxy: true, ..Config::default() };
        let https = headers(&[(FORWARDED_PROTO, "https")]);
        let told = |config: &Config, headers: &HeaderMap| no_cookies(config, headers).next().unwrap().to_str().unwrap().to_owned();
        assert!(told(&trusting, &https).ends_with("; Secure"));
        assert!(!told(&Config::default(), &https).contains("Secure"));
        assert!(told(&trusting, &headers(&[])).contains("HttpOnly; SameSite=Lax"));
    }

    #[test]
    fn a_session_is_good_for_one_host_or_for_the_domain_that_the_operator_names() {
        let several = Config { cookie_domain: Some("board.example.org".into()), ..Config::default() };
        let signed_in = headers(&[(COOKIE, "landfall_session=secret")]);
        let wider = wider_cookie(&several, &signed_in).unwrap();
        assert!(wider.to_str().unwrap().starts_with("landfall_session=secret; Path=/; HttpOnly"), "{wider:?}");
        assert!(wider.to_str().unwrap().ends_with("; Domain=board.example.org"), "{wider:?}");
        assert_eq!(wider_cookie(&Config::default(), &signed_in), None);
        assert_eq!(wider_cookie(&several, &headers(&[(COOKIE, "landfall_session=secret"), (AUTHORIZATION, "Bearer t")])), None);
        let forgotten: Vec<bool> =
            no_cookies(&several, &signed_in).map(|cookie| cookie.to_str().unwrap().contains("Domain=board.example.org")).collect();
        assert_eq!(forgotten, [false, true], "both that it may have");
        assert_eq!(no_cookies(&Config::default(), &signed_in).count(), 1);
    }

    #[test]
    fn a_page_of_another_node_may_use_a_session() {
        let config = Config { addresses: vec!["https://two.example.org".into()], ..Config::default() };
        assert!(is_origin_good(&config, &headers(&[(HOST, "one.example.org"), (ORIGIN, "https://two.example.org")])));
        assert!(!is_origin_good(&config, &headers(&[(HOST, "one.example.org"), (ORIGIN, "http://two.example.org")])));
    }
}
