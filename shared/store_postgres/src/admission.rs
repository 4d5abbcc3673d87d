//! Which mails are let in: so many a day of one sender and of one thread.

use domain::MailKey;
use ports::{Admission, Budget, CallError};
use time::{Duration, OffsetDateTime};

use crate::{Store, failed};

/// One at a time for each mailbox's sender, and then for each thread: of those who ask at once nobody
/// counts too few.
const ONE_AT_A_TIME: &str = "
    select pg_advisory_xact_lock(hashtextextended($1::text, 17))";

const STANDING: &str = "
    select m.thread, m.sender is not null as is_in,
           (select count(*) from helpdesk.mails o
             where o.mailbox = m.mailbox and o.sender = $3 and o.admitted_at > $4) as of_sender,
           (select count(*) from helpdesk.mails o
             where o.mailbox = m.mailbox and o.thread = m.thread and o.admitted_at > $4) as in_thread
      from helpdesk.mails m where m.mailbox = $1 and m.message = $2";

const ADMIT: &str = "
    update helpdesk.mails set sender = $3, admitted_at = $4 where mailbox = $1 and message = $2";

const OF_THREAD: &str = "select thread from helpdesk.mails where mailbox = $1 and message = $2";

impl Store {
    pub(crate) async fn let_in(
        &self,
        key: &MailKey,
        sender: &str,
        budget: Budget,
        now: OffsetDateTime,
    ) -> Result<Admission, CallError> {
        let (mailbox, message) = (key.mailbox().0, key.message().as_str());
        let since = now - Duration::DAY;
        let mut client = self.connection().await?;
        let work = client.transaction().await.map_err(failed)?;
        let thread = work.query_opt(OF_THREAD, &[&mailbox, &message]).await;
        let thread: Option<String> = match thread.map_err(failed)? {
            Some(row) => Some(row.try_get(0).map_err(failed)?),
            None => None,
        };
        let mut locks = [
            format!("{mailbox}/sender/{sender}"),
            format!("{mailbox}/thread/{}", thread.unwrap_or_default()),
        ];
        locks.sort();
        for lock in &locks {
            work.execute(ONE_AT_A_TIME, &[lock]).await.map_err(failed)?;
        }
        let standing = work
            .query_opt(STANDING, &[&mailbox, &message, &sender, &since])
            .await
            .map_err(failed)?;
        let Some(row) = standing else {
            return Err(CallError::rejected(
                crate::SERVICE,
                "the mail was never entered",
            ));
        };
        let is_in: bool = row.try_get("is_in").map_err(failed)?;
        let count = |name: &str| row.try_get::<_, i64>(name).map_err(failed);
        let verdict = if is_in {
            Admission::Admitted
        } else if count("of_sender")? >= i64::from(budget.of_sender) {
            Admission::SenderOver
        } else if count("in_thread")? >= i64::from(budget.in_thread) {
            Admission::ThreadOver
        } else {
            work.execute(ADMIT, &[&mailbox, &message, &sender, &now])
                .await
                .map_err(failed)?;
            Admission::Admitted
        };
        work.commit().await.map_err(failed)?;
        Ok(verdict)
    }
}
