//! The port on Gmail's API (v1).

use std::io::Cursor;
use std::str::FromStr;

use async_trait::async_trait;
use domain::{DraftId, GmailMessageId, HistoryId, ThreadId};
use google_gmail1::api::{Draft, Message, WatchRequest};
use google_gmail1::common::MultiPartReader;
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
        may_be_uploaded(mime)?;
        self.call("gmail.drafts.create", Effect::Once, "thread", || async {
            let mut heard = Heard::default();
            let call = self
                .hub
                .users()
                .drafts_create(draft_in(thread), &self.user)
                .delegate(&mut heard);
            let answer = call.upload(Cursor::new(mime), rfc822()?).await;
            let draft = heard.with(answer)?;
            draft
                .id
                .and_then(|id| DraftId::parse(&id).ok())
                .ok_or(Failure::Unreadable("a draft without an id"))
        })
        .await
    }

    async fn replace_draft(
        &self,
        draft: &DraftId,
        thread: &ThreadId,
        mime: &[u8],
    ) -> Result<(), CallError> {
        may_be_uploaded(mime)?;
        // The same content again changes nothing, so a repeat is safe.
        self.call("gmail.drafts.update", Effect::None, "draft", || async {
            let mut heard = Heard::default();
            let call = self
                .hub
                .users()
                .drafts_update(draft_in(thread), &self.user, draft.as_str())
                .delegate(&mut heard);
            let answer = call.upload(Cursor::new(mime), rfc822()?).await;
            heard.with(answer)
        })
        .await
        .map(drop)
    }

    async fn drafts(&self, thread: &ThreadId) -> Result<Vec<ports::Draft>, CallError> {
        let mut looks = 0;
        loop {
            looks += 1;
            let listed = self.drafts_of(thread).await?;
            let mut drafts = Vec::with_capacity(listed.len());
            for (id, message) in &listed {
                match self.fetch(message).await {
                    Ok(found) => drafts.push((found.received, message, id, found.raw)),
                    // Every edit gives the draft's message a new id: the list is out of date.
                    Err(CallError::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            if drafts.len() == listed.len() || looks == LOOKS {
                drafts.sort();
                let draft = |(_, _, id, raw): (_, _, &DraftId, _)| ports::Draft {
                    id: id.clone(),
                    raw,
                };
                return Ok(drafts.into_iter().map(draft).collect());
            }
        }
    }

    async fn latest_drafts(&self, most: u32) -> Result<Vec<ports::Draft>, CallError> {
        let (listed, _) = self.drafts_listed(None, most.min(PAGE)).await?;
        let mut drafts = Vec::with_capacity(listed.len());
        for (id, message) in listed {
            match self.fetch(&message.id).await {
                Ok(found) => drafts.push(ports::Draft { id, raw: found.raw }),
                // Sent, edited or thrown away meanwhile.
                Err(CallError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(drafts)
    }

    async fn label(&self, id: &GmailMessageId, label: &str) -> Result<(), CallError> {
        let label = self.label_named(label).await?;
        self.put_label(id, label).await
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
            let (listed, next) = self.drafts_listed(page.as_deref(), PAGE).await?;
            let of_thread = listed
                .into_iter()
                .filter(|(_, head)| head.thread == *thread);
            found.extend(of_thread.map(|(id, head)| (id, head.id)));
            page = next;
            if page.is_none() {
                return Ok(found);
            }
        }
    }

    /// One page of the mailbox's drafts, each with its message, and the token of the next.
    async fn drafts_listed(
        &self,
        page: Option<&str>,
        most: u32,
    ) -> Result<(Vec<(DraftId, MailHead)>, Option<String>), CallError> {
        let answer = self
            .call("gmail.drafts.list", Effect::None, "mailbox", || async {
                let mut heard = Heard::default();
                let mut call = self
                    .hub
                    .users()
                    .drafts_list(&self.user)
                    .max_results(most)
                    .delegate(&mut heard);
                if let Some(page) = page {
                    call = call.page_token(page);
                }
                let answer = call.doit().await;
                heard.with(answer)
            })
            .await?;
        let mut listed = vec![];
        for draft in answer.drafts.unwrap_or_default() {
            let (Some(id), Some(message)) = (draft.id, draft.message) else {
                return Err(unreadable("a draft without a message"));
            };
            let id = DraftId::parse(&id).map_err(|_| unreadable("a draft without an id"))?;
            listed.push((id, head(&message)?));
        }
        Ok((listed, answer.next_page_token))
    }
}

/// Gmail says 404, at times 400, where it no longer keeps history back to the cursor. A mailbox that
/// is switched off is a 400 as well, with a reason of its own.
fn is_too_old(answered: &Answered) -> bool {
    answered.status == 404 || (answered.status == 400 && answered.reason != "failedPrecondition")
}

/// The part of a draft that is not its content.
fn draft_in(thread: &ThreadId) -> Draft {
    let message = Message {
        thread_id: Some(thread.as_str().to_owned()),
        ..Message::default()
    };
    Draft {
        id: None,
        message: Some(message),
    }
}

fn rfc822<T: FromStr>() -> Result<T, Failure> {
    "message/rfc822"
        .parse()
        .map_err(|_| Failure::Refused("no media type"))
}

fn may_be_uploaded(mime: &[u8]) -> Result<(), CallError> {
    if holds_upload_boundary(mime) {
        let reason = "a line of the draft looks like the boundary of its upload";
        return Err(CallError::rejected(SERVICE, reason));
    }
    Ok(())
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
