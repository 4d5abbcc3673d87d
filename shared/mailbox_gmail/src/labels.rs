//! Labels: found by name, made where they are missing, put on messages.

use domain::GmailMessageId;
use google_gmail1::api::{Label, ModifyMessageRequest};
use ports::CallError;
use resilience::Effect;

use crate::failure::Heard;
use crate::{Gmail, SERVICE};

impl Gmail {
    /// The id of the label with this name. Another worker may make it at the same time, which Gmail
    /// refuses as a conflict; then it is there.
    pub(crate) async fn label_named(&self, name: &str) -> Result<String, CallError> {
        if let Some(id) = self.find_label(name).await? {
            return Ok(id);
        }
        match self.make_label(name).await {
            Ok(id) => Ok(id),
            Err(error) => self.find_label(name).await?.ok_or(error),
        }
    }

    async fn find_label(&self, name: &str) -> Result<Option<String>, CallError> {
        let answer = self
            .call("gmail.labels.list", Effect::None, "mailbox", || async {
                let mut heard = Heard::default();
                let call = self
                    .hub
                    .users()
                    .labels_list(&self.user)
                    .delegate(&mut heard);
                let answer = call.doit().await;
                heard.with(answer)
            })
            .await?;
        let labels = answer.labels.unwrap_or_default();
        let named = labels
            .into_iter()
            .find(|label| label.name.as_deref() == Some(name));
        Ok(named.and_then(|label| label.id))
    }

    async fn make_label(&self, name: &str) -> Result<String, CallError> {
        let made = self
            .call("gmail.labels.create", Effect::None, "mailbox", || async {
                let mut heard = Heard::default();
                let label = Label {
                    name: Some(name.to_owned()),
                    ..Label::default()
                };
                let call = self
                    .hub
                    .users()
                    .labels_create(label, &self.user)
                    .delegate(&mut heard);
                let answer = call.doit().await;
                heard.with(answer)
            })
            .await?;
        made.id.ok_or_else(|| {
            CallError::unreachable(SERVICE, "Gmail answered with a label without an id")
        })
    }

    /// Putting a label on twice is putting it on once, so a repeat is safe.
    pub(crate) async fn put_label(
        &self,
        id: &GmailMessageId,
        label: String,
    ) -> Result<(), CallError> {
        self.call("gmail.messages.modify", Effect::None, "message", || async {
            let mut heard = Heard::default();
            let request = ModifyMessageRequest {
                add_label_ids: Some(vec![label.clone()]),
                remove_label_ids: None,
            };
            let call = self
                .hub
                .users()
                .messages_modify(request, &self.user, id.as_str())
                .delegate(&mut heard);
            let answer = call.doit().await;
            heard.with(answer)
        })
        .await
        .map(drop)
    }
}
