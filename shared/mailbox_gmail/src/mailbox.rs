//! The port on Gmail's API (v1).

use std::io::Cursor;

use async_trait::async_trait;
use domain::{DraftId, GmailMessageId, HistoryId, MailKey, ThreadId};
use google_gmail1::api::{Draft, Message, WatchRequest};
use google_gmail1::common::MultiPartReader;
use ports::mailbox::DRAFT_HEADER;
use ports::{CallError, History, Listing, MailHead, Mailbox, RawMail, Watch};
use resilience::Effect;
use time::OffsetDateTime;

use crate::failure::{Answered, Failure, Heard};
use crate::{Gmail, SERVICE};

/// Entries a page. Gmail's largest.
const PAGE: u32 = 500;

/// How often the drafts are looked through again because one was edited meanwhile.
const LOOKS: usize = 3;

#[async_trait]
impl Mailbox for Gmail {
    async fn now_at(&self) -> Result<HistoryId, CallError> {
        let profile = self
            .call(
                "gmail.users.getProfile",
                Effect::None,
                "mailbox",
                || async {
                    let mut heard = Heard::default();
                    let call = self
                        .hub
                        .users()
                        .get_profile(&self.user)
                        .delegate(&mut heard);
                    let answer = call.doit().await;
                    heard.with(answer)
                },
            )
            .await?;
        place(profile.history_id)
    }

    async fn history(&self, since: HistoryId, page: Option<&str>) -> Result<History, CallError> {
        let answer = self
            .call("gmail.history.list", Effect::None, "history", || async {
                let mut heard = Heard::default();
                let mut call = self
                    .hub
                    .users()
                    .history_list(&self.user)
                    .start_history_id(since.0)
                    .add_history_types("messageAdded")
                    .max_results(PAGE)
                    .delegate(&mut heard);
                if let Some(page) = page {
                    call = call.page_token(page);
                }
                let answer = call.doit().await;
                match heard.with(answer) {
                    Err(Failure::Answered(answered)) if is_too_old(&answered) => Ok(None),
                    result => result.map(Some),
                }
            })
            .await?;
        let Some(answer) = answer else {
            return Ok(History::CursorTooOld);
        };
        let added = answer
            .history
            .unwrap_or_default()
            .into_iter()
            .flat_map(|record| record.messages_added.unwrap_or_default())
            .filter_map(|added| added.message)
            .map(|message| head(&message))
            .collect::<Result<_, _>>()?;
        Ok(History::Page {
            added,
            next: answer.next_page_token,
            now_at: place(answer.history_id)?,
        })
    }

    async fn inbox(&self, since: OffsetDateTime, page: Option<&str>) -> Result<Listing, CallError> {
        // Whether `after:` takes in its own second is not documented; one second earlier is safe.
        let query = format!("after:{}", since.unix_timestamp() - 1);
        let answer = self
            .call("gmail.messages.list", Effect::None, "mailbox", || async {
                let mut heard = Heard::default();
                let mut call = self
                    .hub
                    .users()
                    .messages_list(&self.user)
                    .add_label_ids("INBOX")
                    .q(&query)
                    .max_results(PAGE)
                    .delegate(&mut heard);
                if let Some(page) = page {
                    call = call.page_token(page);
                }
                let answer = call.doit().await;
                heard.with(answer)
            })
            .await?;
        let messages = answer.messages.unwrap_or_default();
        let messages = messages.iter().map(head).collect::<Result<_, _>>()?;
        Ok(Listing {
            messages,
            next: answer.next_page_token,
        })
    }

    async fn fetch(&self, id: &GmailMessageId) -> Result<RawMail, CallError> {
        let message = self
            .call("gmail.messages.get", Effect::None, "message", || async {
                let mut heard = Heard::default();
                let call = self
                    .hub
                    .users()
                    .messages_get(&self.user, id.as_str())
                    .format("raw")
                    .delegate(&mut heard);
                let answer = call.doit().await;
                heard.with(answer)
            })
            .await?;
        let received = message
            .internal_date
            .and_then(from_milliseconds)
            .ok_or_else(|| unreadable("a message without a date"))?;
        let head = head(&message)?;
        let raw = message
            .raw
            .ok_or_else(|| unreadable("a message without its octets"))?;
        Ok(RawMail {
            head,
            raw,
            received,
        })
    }

    async fn create_draft(&self, thread: &ThreadId, mime: &[u8]) -> Result<DraftId, CallError> {
        if holds_upload_boundary(mime) {
            let reason = "a line of the draft looks like the boundary of its upload";
            return Err(CallError::rejected(SERVICE, reason));
        }
        self.call("gmail.drafts.create", Effect::Once, "thread", || async {
            let mut heard = Heard::default();
            let message = Message {
                thread_id: Some(thread.as_str().to_owned()),
                ..Message::default()
            };
            let draft = Draft {
                id: None,
                message: Some(message),
            };
            let kind = "message/rfc822"
                .parse()
                .map_err(|_| Failure::Refused("no media type"))?;
            let call = self
                .hub
                .users()
                .drafts_create(draft, &self.user)
                .delegate(&mut heard);
            let answer = call.upload(Cursor::new(mime), kind).await;
            let draft = heard.with(answer)?;
            draft
                .id
                .and_then(|id| DraftId::parse(&id).ok())
                .ok_or(Failure::Unreadable("a draft without an id"))
        })
        .await
    }

    async fn find_draft(
        &self,
        thread: &ThreadId,
        mail: &MailKey,
    ) -> Result<Option<DraftId>, CallError> {
        let key = mail.to_string();
        let mut looks = 0;
        'look: loop {
            looks += 1;
            for (draft, message) in self.drafts_of(thread).await? {
                match self.draft_header(&message).await {
                    Ok(found) if found.as_deref() == Some(&key) => return Ok(Some(draft)),
                    Ok(_) => {}
                    // Every edit gives the draft's message a new id: the list is out of date.
                    Err(CallError::NotFound { .. }) if looks < LOOKS => continue 'look,
                    Err(error) => return Err(error),
                }
            }
            return Ok(None);
        }
    }

    async fn watch(&self, topic: &str) -> Result<Watch, CallError> {
        let answer = self
            .call("gmail.users.watch", Effect::None, "mailbox", || async {
                let mut heard = Heard::default();
                let request = WatchRequest {
                    topic_name: Some(topic.to_owned()),
                    label_ids: Some(vec!["INBOX".to_owned()]),
                    label_filter_behavior: Some("INCLUDE".to_owned()),
                    label_filter_action: None,
                };
                let call = self
                    .hub
                    .users()
                    .watch(request, &self.user)
                    .delegate(&mut heard);
                let answer = call.doit().await;
                heard.with(answer)
            })
            .await?;
        let expires = answer
            .expiration
            .and_then(from_milliseconds)
            .ok_or_else(|| unreadable("a watch without an end"))?;
        Ok(Watch {
            now_at: place(answer.history_id)?,
            expires,
        })
    }
}

impl Gmail {
    /// The drafts of a thread, each with the id of its message.
    async fn drafts_of(
        &self,
        thread: &ThreadId,
    ) -> Result<Vec<(DraftId, GmailMessageId)>, CallError> {
        let mut found = vec![];
        let mut page: Option<String> = None;
        loop {
            let answer = self
                .call("gmail.drafts.list", Effect::None, "mailbox", || async {
                    let mut heard = Heard::default();
                    let mut call = self
                        .hub
                        .users()
                        .drafts_list(&self.user)
                        .max_results(PAGE)
                        .delegate(&mut heard);
                    if let Some(page) = &page {
                        call = call.page_token(page);
                    }
                    let answer = call.doit().await;
                    heard.with(answer)
                })
                .await?;
            for draft in answer.drafts.unwrap_or_default() {
                let (Some(id), Some(message)) = (draft.id, draft.message) else {
                    return Err(unreadable("a draft without a message"));
                };
                let head = head(&message)?;
                if head.thread == *thread {
                    let id =
                        DraftId::parse(&id).map_err(|_| unreadable("a draft without an id"))?;
                    found.push((id, head.id));
                }
            }
            page = answer.next_page_token;
            if page.is_none() {
                return Ok(found);
            }
        }
    }

    /// The value of our header on a message.
    async fn draft_header(&self, id: &GmailMessageId) -> Result<Option<String>, CallError> {
        let message = self
            .call("gmail.messages.get", Effect::None, "message", || async {
                let mut heard = Heard::default();
                let call = self
                    .hub
                    .users()
                    .messages_get(&self.user, id.as_str())
                    .format("metadata")
                    .add_metadata_headers(DRAFT_HEADER)
                    .delegate(&mut heard);
                let answer = call.doit().await;
                heard.with(answer)
            })
            .await?;
        let headers = message
            .payload
            .and_then(|payload| payload.headers)
            .unwrap_or_default();
        let is_ours = |name: &Option<String>| {
            name.as_deref()
                .is_some_and(|name| name.eq_ignore_ascii_case(DRAFT_HEADER))
        };
        Ok(headers
            .into_iter()
            .find(|header| is_ours(&header.name))
            .and_then(|header| header.value))
    }
}

/// Gmail says 404, at times 400, where it no longer keeps history back to the cursor. A mailbox that
/// is switched off is a 400 as well, with a reason of its own.
fn is_too_old(answered: &Answered) -> bool {
    answered.status == 404 || (answered.status == 400 && answered.reason != "failedPrecondition")
}

/// Whether the library's constant boundary, which frames the upload, stands in the draft.
fn holds_upload_boundary(mime: &[u8]) -> bool {
    let kind = MultiPartReader::mime_type();
    let boundary = kind
        .get_param("boundary")
        .map(|boundary| format!("--{boundary}"));
    boundary.is_some_and(|boundary| {
        mime.windows(boundary.len())
            .any(|window| window == boundary.as_bytes())
    })
}

fn head(message: &Message) -> Result<MailHead, CallError> {
    let id = message
        .id
        .as_deref()
        .and_then(|id| GmailMessageId::parse(id).ok());
    let thread = message
        .thread_id
        .as_deref()
        .and_then(|id| ThreadId::parse(id).ok());
    match (id, thread) {
        (Some(id), Some(thread)) => Ok(MailHead {
            id,
            thread,
            labels: message.label_ids.clone().unwrap_or_default(),
        }),
        _ => Err(unreadable("a message without ids")),
    }
}

fn place(history_id: Option<u64>) -> Result<HistoryId, CallError> {
    history_id
        .map(HistoryId)
        .ok_or_else(|| unreadable("an answer without its place in history"))
}

fn from_milliseconds(milliseconds: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(milliseconds) * 1_000_000).ok()
}

fn unreadable(what: &'static str) -> CallError {
    CallError::unreachable(SERVICE, format!("Gmail answered with {what}"))
}
