//! The mailbox as the product sees it, with the faults that are armed.

use async_trait::async_trait;
use domain::{DraftId, GmailMessageId, HistoryId, ThreadId};
use ports::{CallError, Draft, History, Listing, MailHead, Mailbox, RawMail, Watch};
use time::OffsetDateTime;

use super::{Event, FakeGmail, NoPage};
use crate::faults::Fault;

const SERVICE: &str = "gmail";

impl FakeGmail {
    async fn read<T>(
        &self,
        operation: &str,
        work: impl FnOnce() -> Result<T, CallError> + Send,
    ) -> Result<T, CallError> {
        let seen = |fault: Fault| fault.on_read(SERVICE);
        self.faults.around(operation, seen, async { work() }).await
    }

    /// A write that may be repeated: no fault leaves its outcome in doubt.
    async fn write_again<T>(
        &self,
        operation: &str,
        work: impl FnOnce() -> Result<T, CallError> + Send,
    ) -> Result<T, CallError> {
        self.read(operation, work).await
    }

    async fn write<T>(
        &self,
        operation: &str,
        work: impl FnOnce() -> Result<T, CallError> + Send,
    ) -> Result<T, CallError> {
        let seen = |fault: Fault| fault.on_write(SERVICE);
        self.faults.around(operation, seen, async { work() }).await
    }
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

    async fn replace_draft(
        &self,
        draft: &DraftId,
        thread: &ThreadId,
        mime: &[u8],
    ) -> Result<(), CallError> {
        self.write_again("drafts.update", || {
            self.update_draft(draft, Some(thread), mime)
                .map(drop)
                .ok_or_else(|| missing("draft"))
        })
        .await
    }

    async fn drafts(&self, thread: &ThreadId) -> Result<Vec<Draft>, CallError> {
        self.read("drafts.list", || {
            let all = self.drafts().into_iter();
            let of_thread = all.filter(|(_, of, _)| of == thread);
            Ok(of_thread.map(|(id, _, raw)| Draft { id, raw }).collect())
        })
        .await
    }

    async fn latest_drafts(&self, most: u32) -> Result<Vec<Draft>, CallError> {
        self.read("drafts.list", || {
            let mut drafts = FakeGmail::drafts(self);
            drafts.reverse();
            drafts.truncate(most as usize);
            Ok(drafts
                .into_iter()
                .map(|(id, _, raw)| Draft { id, raw })
                .collect())
        })
        .await
    }

    async fn label(&self, id: &GmailMessageId, label: &str) -> Result<(), CallError> {
        self.write_again("messages.modify", || {
            self.add_label(label);
            self.relabel(id, &[format!("Label_{label}")], &[])
                .map(drop)
                .ok_or_else(|| missing("message"))
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
