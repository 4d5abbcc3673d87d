//! The record of what was done with models, in `helpdesk.llm_calls`.

use async_trait::async_trait;
use domain::TicketRef;
use ports::{
    CallError, Feedback, ModelUse, PromptUsed, Run, RunId, RunKind, RunRecord, Said, TraceBook,
    Verdict,
};
use std::time::Duration;
use time::OffsetDateTime;
use tokio_postgres::Row;

use crate::rows::{get, key, strange};
use crate::{Store, failed};

const KEEP: &str = "
    insert into helpdesk.llm_calls
        (id, trace_id, parent, mailbox, message, kind, name, prompt_name, prompt_version, prompt_sha256,
         variant, model_asked, model_answered, tokens_in, tokens_out, cost_usd, began_at, took_ms,
         attempts, finish_reason, outcome, error, input, output)
    values ($1::text::uuid, $2, $3::text::uuid, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
            $17, $18, $19, $20, $21, $22, $23::text::jsonb, $24::text::jsonb)
    on conflict (id) do nothing";

/// What is read of a run, from `helpdesk.llm_calls c`.
const RUN: &str = "
    select c.id::text as id, c.trace_id, c.parent::text as parent, c.mailbox, c.message, m.ticket_ref,
           c.kind, c.name, c.prompt_name, c.prompt_version, c.prompt_sha256, c.variant, c.model_asked,
           c.model_answered, c.tokens_in, c.tokens_out, c.cost_usd, c.began_at, c.took_ms, c.attempts,
           c.finish_reason, c.outcome, c.error, c.input::text as input, c.output::text as output
      from helpdesk.llm_calls c
      left join helpdesk.mails m on m.mailbox = c.mailbox and m.message = c.message";

/// The run that made the answer is the mail's last one that came to something.
const VERDICTS: &str = "
    select distinct on (c.mailbox, c.message) c.id::text as id, c.trace_id, d.outcome,
           coalesce(d.settled_at, d.made_at) as at
      from helpdesk.llm_calls c
      join helpdesk.drafts d on d.mailbox = c.mailbox and d.message = c.message
     where c.name = 'answer' and c.outcome = 'ok' and c.began_at >= $1 and c.exported_at is not null
       and d.outcome in ('sent_as_is', 'sent_edited', 'discarded')
       and c.verdict is distinct from d.outcome
     order by c.mailbox, c.message, c.began_at desc limit $2";

fn counted(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn milliseconds(took: Duration) -> i32 {
    i32::try_from(took.as_millis()).unwrap_or(i32::MAX)
}

fn texts(ids: &[RunId]) -> Vec<String> {
    ids.iter().map(RunId::to_string).collect()
}

impl Store {
    async fn keep_one(&self, record: &RunRecord) -> Result<bool, CallError> {
        let RunRecord { run, .. } = record;
        let (id, parent) = (
            record.id.to_string(),
            record.parent.as_ref().map(RunId::to_string),
        );
        let mailbox = record.mail.as_ref().map(|mail| mail.mailbox().0);
        let message = record.mail.as_ref().map(|mail| mail.message().as_str());
        let model = run.model.as_ref();
        let prompt = model.and_then(|model| model.prompt.as_ref());
        let version = prompt.map(|prompt| i32::try_from(prompt.version).unwrap_or(i32::MAX));
        let (class, error) = match &run.failure {
            Some((class, error)) => (class.as_str(), Some(error.as_str())),
            None => ("ok", None),
        };
        self.execute(
            KEEP,
            &[
                &id,
                &record.trace,
                &parent,
                &mailbox,
                &message,
                &run.kind.as_str(),
                &run.name,
                &prompt.map(|prompt| &prompt.name),
                &version,
                &prompt.map(|prompt| &prompt.sha256),
                &record.variant,
                &model.map(|model| &model.asked),
                &model.and_then(|model| model.answered.as_ref()),
                &model.and_then(|model| model.tokens_in).map(counted),
                &model.and_then(|model| model.tokens_out).map(counted),
                &model.and_then(|model| model.cost_usd),
                &run.began_at,
                &milliseconds(run.took),
                &i32::try_from(run.attempts).unwrap_or(i32::MAX),
                &model.and_then(|model| model.finish_reason.as_ref()),
                &class,
                &error,
                &run.said.as_ref().map(|said| &said.input),
                &run.said.as_ref().map(|said| &said.output),
            ],
        )
        .await
        .map(|rows| rows == 1)
    }

    /// The runs of one mail, oldest first.
    pub async fn runs_of(&self, mail: &domain::MailKey) -> Result<Vec<RunRecord>, CallError> {
        let asked =
            format!("{RUN} where c.mailbox = $1 and c.message = $2 order by c.began_at, c.id");
        let (mailbox, message) = (mail.mailbox().0, mail.message().as_str());
        let rows = self.query(&asked, &[&mailbox, &message]).await?;
        rows.iter().map(record).collect()
    }

    /// The latest calls of models, newest first.
    pub async fn latest_calls(
        &self,
        since: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<RunRecord>, CallError> {
        let asked = format!(
            "{RUN} where c.kind in ('llm', 'embedding') and c.began_at >= $1
             order by c.began_at desc limit $2"
        );
        let rows = self.query(&asked, &[&since, &i64::from(limit)]).await?;
        rows.iter().map(record).collect()
    }
}

#[async_trait]
impl TraceBook for Store {
    async fn keep(&self, runs: &[RunRecord]) -> Result<Vec<RunId>, CallError> {
        let mut new = vec![];
        for run in runs {
            if self.keep_one(run).await? {
                new.push(run.id.clone());
            }
        }
        Ok(new)
    }

    async fn recorded(&self, ids: &[RunId]) -> Result<Vec<RunRecord>, CallError> {
        let asked =
            format!("{RUN} where c.id = any ($1::text[]::uuid[]) order by c.began_at, c.id");
        let rows = self.query(&asked, &[&texts(ids)]).await?;
        rows.iter().map(record).collect()
    }

    async fn missed(
        &self,
        since: OffsetDateTime,
        before: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<RunRecord>, CallError> {
        let asked = format!(
            "{RUN} where c.exported_at is null and c.began_at >= $1 and c.began_at < $2
             order by c.began_at, c.id limit $3"
        );
        let rows = self
            .query(&asked, &[&since, &before, &i64::from(limit)])
            .await?;
        rows.iter().map(record).collect()
    }

    async fn shown(&self, ids: &[RunId], now: OffsetDateTime) -> Result<(), CallError> {
        let shown = "update helpdesk.llm_calls set exported_at = $2
                      where id = any ($1::text[]::uuid[]) and exported_at is null";
        self.execute(shown, &[&texts(ids), &now]).await.map(drop)
    }

    async fn verdicts(
        &self,
        since: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<Feedback>, CallError> {
        let rows = self.query(VERDICTS, &[&since, &i64::from(limit)]).await?;
        rows.iter().map(feedback).collect()
    }

    async fn told(&self, run: &RunId, verdict: Verdict) -> Result<(), CallError> {
        let told = "update helpdesk.llm_calls set verdict = $2 where id = $1::text::uuid";
        self.execute(told, &[&run.to_string(), &verdict.as_str()])
            .await
            .map(drop)
    }

    async fn forget(&self, before: OffsetDateTime) -> Result<u64, CallError> {
        let forget = "update helpdesk.llm_calls set input = null, output = null
                       where began_at < $1 and (input is not null or output is not null)";
        self.execute(forget, &[&before]).await
    }
}

fn id(row: &Row, column: &'static str) -> Result<Option<RunId>, CallError> {
    let text: Option<&str> = get(row, column)?;
    text.map(|text| RunId::parse(text).map_err(|_| strange(column)))
        .transpose()
}

fn whole<T: TryFrom<i64>>(row: &Row, column: &'static str) -> Result<Option<T>, CallError> {
    let number: Option<i64> = get(row, column)?;
    number
        .map(|number| T::try_from(number).map_err(|_| strange(column)))
        .transpose()
}

fn unsigned(row: &Row, column: &'static str) -> Result<u32, CallError> {
    u32::try_from(get::<i32>(row, column)?).map_err(|_| strange(column))
}

fn record(row: &Row) -> Result<RunRecord, CallError> {
    let mailbox: Option<i32> = get(row, "mailbox")?;
    let ticket: Option<&str> = get(row, "ticket_ref")?;
    let ticket = ticket.map(|ticket| TicketRef::parse(ticket).map_err(|_| strange("ticket_ref")));
    Ok(RunRecord {
        id: id(row, "id")?.ok_or_else(|| strange("id"))?,
        trace: get(row, "trace_id")?,
        parent: id(row, "parent")?,
        mail: mailbox.map(|_| key(row)).transpose()?,
        ticket: ticket.transpose()?,
        variant: get(row, "variant")?,
        run: run(row)?,
    })
}

fn run(row: &Row) -> Result<Run, CallError> {
    let (outcome, error): (String, Option<String>) = (get(row, "outcome")?, get(row, "error")?);
    let (input, output): (Option<String>, Option<String>) =
        (get(row, "input")?, get(row, "output")?);
    let said = input
        .zip(output)
        .map(|(input, output)| Said { input, output });
    let kind = RunKind::parse(get(row, "kind")?).ok_or_else(|| strange("kind"))?;
    Ok(Run {
        kind,
        name: get(row, "name")?,
        began_at: get(row, "began_at")?,
        took: Duration::from_millis(unsigned(row, "took_ms")?.into()),
        attempts: unsigned(row, "attempts")?,
        model: model(row)?,
        failure: (outcome != "ok").then(|| (outcome, error.unwrap_or_default())),
        said,
    })
}

fn model(row: &Row) -> Result<Option<ModelUse>, CallError> {
    let Some(asked) = get::<Option<String>>(row, "model_asked")? else {
        return Ok(None);
    };
    let prompt = match get::<Option<String>>(row, "prompt_name")? {
        Some(name) => Some(PromptUsed {
            name,
            version: unsigned(row, "prompt_version")?,
            sha256: get(row, "prompt_sha256")?,
        }),
        None => None,
    };
    Ok(Some(ModelUse {
        prompt,
        asked,
        answered: get(row, "model_answered")?,
        tokens_in: whole(row, "tokens_in")?,
        tokens_out: whole(row, "tokens_out")?,
        cost_usd: get(row, "cost_usd")?,
        finish_reason: get(row, "finish_reason")?,
    }))
}

fn feedback(row: &Row) -> Result<Feedback, CallError> {
    Ok(Feedback {
        run: id(row, "id")?.ok_or_else(|| strange("id"))?,
        trace: get(row, "trace_id")?,
        verdict: Verdict::parse(get(row, "outcome")?).ok_or_else(|| strange("outcome"))?,
        at: row.try_get("at").map_err(failed)?,
    })
}
