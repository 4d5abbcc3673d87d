//! What people do to drafts on Gmail's page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{DraftId, ThreadId};
use ports::MailHead;

use super::{Draft, FakeGmail, headers};

/// The header fields that Gmail's page keeps when it saves a draft. Fields of other programs go.
const KEPT: [&str; 6] = ["from", "to", "cc", "subject", "in-reply-to", "references"];

impl FakeGmail {
    /// A person writes another text into a draft. `false` where there is none.
    pub fn edit_draft(&self, id: &DraftId, text: &str) -> bool {
        let Some(draft) = self.draft(id) else {
            return false;
        };
        self.update_draft(id, None, &saved_by_the_page(&draft.message.raw, text))
            .is_some()
    }

    /// A person opens a draft, and Gmail's page saves it without another word. `false` where there is
    /// none.
    pub fn touch_draft(&self, id: &DraftId) -> bool {
        let text = self.draft(id).and_then(|draft| {
            let mail = mail_mime::read(&draft.message.raw, mail_mime::Limits::default());
            mail.ok().map(|mail| mail.new_text)
        });
        text.is_some_and(|text| self.edit_draft(id, &text))
    }

    /// Puts another message in a draft's place: the draft's id stays, its message gets a new one.
    /// `None` where there is no such draft.
    pub fn update_draft(
        &self,
        id: &DraftId,
        thread: Option<&ThreadId>,
        mime: &[u8],
    ) -> Option<Draft> {
        let now = self.now();
        self.change(|state| {
            let message = state.drafts.get(id)?.clone();
            let old = state.remove(&message)?;
            let thread = thread.unwrap_or(&old.head.thread).clone();
            let head: MailHead = state.add(mime, &["DRAFT"], now, Some(&thread));
            state.drafts.insert(id.clone(), head.id.clone());
            Some(Draft {
                id: id.clone(),
                message: state.messages[&head.id].mail.clone(),
            })
        })
    }
}

/// A message as Gmail's page writes it: the well-known fields, and the text twice, plain and as HTML.
fn saved_by_the_page(raw: &[u8], text: &str) -> Vec<u8> {
    let fields = headers(raw);
    let kept = fields
        .iter()
        .filter(|(name, _)| KEPT.contains(&name.to_lowercase().as_str()));
    let mut mime: String = kept
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    mime.push_str(
        "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"000page000\"\r\n\r\n",
    );
    let html = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('\n', "<br>");
    for (kind, body) in [("plain", text), ("html", &format!("<div>{html}</div>"))] {
        mime.push_str(&format!(
            "--000page000\r\nContent-Type: text/{kind}; charset=\"UTF-8\"\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            STANDARD.encode(body.replace('\n', "\r\n"))
        ));
    }
    mime.push_str("--000page000--\r\n");
    mime.into_bytes()
}
