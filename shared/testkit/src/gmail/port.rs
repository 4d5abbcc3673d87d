//! The mailbox as the product sees it, with the faults that are armed.

use std::time::Duration;

use async_trait::async_trait;
use domain::{DraftId, GmailMessageId, HistoryId, MailKey, ThreadId};
use ports::mailbox::DRAFT_HEADER;
use ports::{CallError, History, Listing, MailHead, Mailbox, RawMail, Watch};
use time::OffsetDateTime;

use super::{Event, FakeGmail, NoPage, headers};
use crate::faults::Fault;

const SERVICE: &str = "gmail";

impl FakeGmail {
    async fn read<T>(
        &self,
        operation: &str,
        work: impl FnOnce() -> Result<T, CallError> + Send,
    ) -> Result<T, CallError> {
        let fault = self.faults.meet(operation);
        delay(fault).await;
        match fault.and_then(|fault| fault.on_read(SERVICE)) {
            Some(error) => Err(error),
            None => work(),
        }
    }

    async fn write<T>(
        &self,
        operation: &str,
        work: impl FnOnce() -> Result<T, CallError> + Send,
    ) -> Result<T, CallError> {
        let Some(fault) = self.faults.meet(operation) else {
            return work();
        };
        delay(Some(fault)).await;
        let done = if fault.lets_it_happen() {
            Some(work()?)
        } else {
            None
        };
        match (fault.on_write(SERVICE), done) {
            (None, Some(done)) => Ok(done),
            (error, _) => Err(error.unwrap_or_else(|| no_answer(fault))),
        }
    }
}

async fn delay(fault: Option<Fault>) {
    if let Some(Fault::Delay(milliseconds)) = fault {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
}

fn no_answer(fault: Fault) -> CallError {
    CallError::outcome_unknown(SERVICE, format!("{fault:?}"))
}

fn bad_token() -> CallError {
    CallError::rejected(SERVICE, "invalid page token")
}

fn missing(what: &'static str) -> CallError {
    CallError::NotFound {
        service: SERVICE,
        what,
    }
}

#[async_trait]
impl Mailbox for FakeGmail {
    async fn now_at(&self) -> Result<HistoryId, CallError> {
        self.read("users.getProfile", || Ok(self.place())).await
    }

    async fn history(&self, since: HistoryId, page: Option<&str>) -> Result<History, CallError> {
        self.read("history.list", || {
            match self.history_page(since, page, None) {
                Err(NoPage::TooOld) => Ok(History::CursorTooOld),
                Err(NoPage::BadToken) => Err(bad_token()),
                Ok(found) => {
                    let is_added = |record: &super::Record| record.event == Event::Added;
                    let added = found
                        .records
                        .into_iter()
                        .filter(is_added)
                        .map(|record| record.head)
                        .collect();
                    Ok(History::Page {
                        added,
                        next: found.next,
                        now_at: found.now_at,
                    })
                }
            }
        })
        .await
    }

    async fn inbox(&self, since: OffsetDateTime, page: Option<&str>) -> Result<Listing, CallError> {
        let after = since.unix_timestamp() - 1;
        self.read("messages.list", || {
            let (heads, next) = self
                .messages_page(&["INBOX"], Some(after), page, None)
                .map_err(|_| bad_token())?;
            let bare = |head| MailHead {
                labels: vec![],
                ..head
            };
            Ok(Listing {
                messages: heads.into_iter().map(bare).collect(),
                next,
            })
        })
        .await
    }

    async fn fetch(&self, id: &GmailMessageId) -> Result<RawMail, CallError> {
        self.read("messages.get", || {
            self.message(id).ok_or_else(|| missing("message"))
        })
        .await
    }

    async fn create_draft(&self, thread: &ThreadId, mime: &[u8]) -> Result<DraftId, CallError> {
        self.write("drafts.create", || {
            self.new_draft(Some(thread), mime)
                .map(|draft| draft.id)
                .ok_or_else(|| missing("thread"))
        })
        .await
    }

    async fn find_draft(
        &self,
        thread: &ThreadId,
        mail: &MailKey,
    ) -> Result<Option<DraftId>, CallError> {
        let key = mail.to_string();
        let answers = |mime: &[u8]| {
            headers(mime)
                .iter()
                .any(|(name, value)| name.eq_ignore_ascii_case(DRAFT_HEADER) && *value == key)
        };
        self.read("drafts.list", || {
            Ok(self
                .drafts()
                .into_iter()
                .find(|(_, of, mime)| of == thread && answers(mime))
                .map(|(id, _, _)| id))
        })
        .await
    }

    async fn watch(&self, topic: &str) -> Result<Watch, CallError> {
        self.read("users.watch", || {
            self.start_watch(topic)
                .ok_or_else(|| CallError::rejected(SERVICE, "invalidArgument: topicName"))
        })
        .await
    }
}
