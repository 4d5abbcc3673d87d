//! What is asked over HTTP, and how it is answered.

use ports::release;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::report::Report;

/// The parts of a Function URL event (payload version 2.0) that are read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpEvent {
    raw_path: String,
    request_context: RequestContext,
}

#[derive(Debug, Deserialize)]
struct RequestContext {
    http: Http,
}

#[derive(Debug, Deserialize)]
struct Http {
    method: String,
}

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// `/healthz`
    Alive,
    /// `/readyz`
    Ready,
}

impl HttpEvent {
    /// The page that is asked for, or the answer to a request that asks for none.
    pub fn page(&self) -> Result<Page, Value> {
        let page = match self.raw_path.as_str() {
            "/healthz" => Page::Alive,
            "/readyz" => Page::Ready,
            _ => {
                let there = json!({ "error": "there is /healthz and /readyz" });
                return Err(respond(404, &there));
            }
        };
        match self.request_context.http.method.as_str() {
            "GET" | "HEAD" => Ok(page),
            _ => Err(respond(405, &json!({ "error": "only GET and HEAD" }))),
        }
    }
}

/// That this function runs, and what it was built of.
pub fn alive() -> Value {
    let body = json!({ "alive": true, "version": release::VERSION, "commit": release::COMMIT });
    respond(200, &body)
}

/// How the services are: 503 where one is not ready.
pub fn ready(report: &Report) -> Value {
    let status = if report.ready() { 200 } else { 503 };
    let body = json!({
        "ready": report.ready(),
        "version": release::VERSION,
        "commit": release::COMMIT,
        "at": report.at.unix_timestamp(),
        "services": report.services,
    });
    respond(status, &body)
}

fn respond(status: u16, body: &Value) -> Value {
    json!({
        "statusCode": status,
        "headers": { "content-type": "application/json", "cache-control": "no-store" },
        "body": body.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::report::Service;

    fn asked(method: &str, path: &str) -> Result<Page, u64> {
        let event = json!({ "rawPath": path, "requestContext": { "http": { "method": method } } });
        let event: HttpEvent = serde_json::from_value(event).unwrap();
        event
            .page()
            .map_err(|answer| answer["statusCode"].as_u64().unwrap())
    }

    #[test]
    fn there_are_two_pages_to_read() {
        assert_eq!(asked("GET", "/healthz"), Ok(Page::Alive));
        assert_eq!(asked("HEAD", "/readyz"), Ok(Page::Ready));
        assert_eq!(asked("GET", "/"), Err(404));
        assert_eq!(asked("POST", "/readyz"), Err(405));
    }

    #[test]
    fn the_sample_event_asks_whether_all_is_ready() {
        let sample = include_str!("../../../events/health.json");
        let event: HttpEvent = serde_json::from_str(sample).unwrap();
        assert_eq!(event.page(), Ok(Page::Ready));
    }

    #[test]
    fn one_service_that_is_not_ready_makes_a_503() {
        let report = |services| Report {
            at: OffsetDateTime::UNIX_EPOCH,
            services,
        };
        let ok = Service::ok("odoo", 4);
        assert_eq!(ready(&report(vec![ok.clone()]))["statusCode"], 200);
        let answer = ready(&report(vec![
            ok,
            Service::failing("gmail", 9, "unauthorized"),
        ]));
        assert_eq!(answer["statusCode"], 503);
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_eq!(body["ready"], false);
        assert_eq!(
            body["services"],
            json!([
                { "service": "odoo", "state": "ok", "took_ms": 4 },
                { "service": "gmail", "state": "failing", "took_ms": 9, "what": "unauthorized" },
            ])
        );
    }
}
