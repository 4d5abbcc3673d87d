//! The schedule's round: what went astray is found, mended where that is safe, and told once.
//!
//! A mail that stands still is sent to its queue again, unless its tries are used up: then it lies among
//! the dead letters, and a person decides. People are told of services that are down, of mails that need
//! them, of a watch that is about to lapse, and of drafts and tickets that the ledger does not know.

use std::sync::Arc;

use domain::{MailKey, MailState};
use ports::{Alerts, CallError, Clock, Ledger, Mailbox, Notice, Queue, Still, Tickets, Upkeep};
use time::{Duration, OffsetDateTime};

use crate::drafting::HEADERS;
use crate::outbox;

/// Nothing waits longer than this by itself: not for a service, not for another mail of its thread.
const QUIET: Duration = Duration::hours(1);
/// How many mails one round sends again.
const AT_ONCE: u32 = 200;
/// How often a mail is sent again before a person is asked.
const MOST_TIMES: u32 = 3;
/// How far back outages and floods are looked for.
const LOOK_BACK: Duration = Duration::days(2);
/// A watch that lapses within this time should have been renewed.
const WATCH_IS_LATE: Duration = Duration::days(2);
/// How many drafts and tickets are compared with the ledger, once a day.
const COMPARED: u32 = 100;

/// The round.
pub struct Sweep {
    /// The mailbox.
    pub mailbox: Arc<dyn Mailbox>,
    /// The helpdesk.
    pub tickets: Arc<dyn Tickets>,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// What the ledger knows of things that went astray.
    pub upkeep: Arc<dyn Upkeep>,
    /// The queues.
    pub queue: Arc<dyn Queue>,
    /// Where people are told: each way that is there.
    pub alerts: Vec<Arc<dyn Alerts>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The mailbox's address.
    pub address: String,
    /// How often a queue gives a message out before it goes to the dead letters.
    pub most_tries: u32,
}

/// What a round did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// Mails that were sent to their queues again.
    pub sent_again: usize,
    /// Mails that need a person.
    pub stuck: usize,
    /// Messages that were delivered from the outbox.
    pub delivered: usize,
    /// Notices that people got.
    pub told: usize,
}

/// Something that people are told once.
struct News {
    /// Under which name it is noted that they were.
    name: String,
    /// Whether there is something for them to do.
    calls: Calls,
    notice: Notice,
}

/// Whom news call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Calls {
    /// Somebody who looks at it.
    APerson,
    /// Nobody: the helpdesk goes on by itself.
    Nobody,
}

impl Sweep {
    /// One round. What fails in one part does not keep the others from being done; the first failure is
    /// returned at the end.
    pub async fn round(&self, until: OffsetDateTime) -> Result<Swept, CallError> {
        let mut swept = Swept::default();
        let mut failed = None;
        let mut news = vec![];
        match self.standing_still(&mut swept).await {
            Ok(stuck) => news.extend(stuck),
            Err(error) => failed = Some(error),
        }
        let (ledger, queue, clock) = (&*self.ledger, &*self.queue, &*self.clock);
        match outbox::relay(ledger, queue, clock, until).await {
            Ok(delivered) => swept.delivered = delivered,
            Err(error) => failed = failed.or(Some(error)),
        }
        for found in [
            self.outages().await,
            self.floods().await,
            self.watch().await,
        ] {
            match found {
                Ok(found) => news.extend(found),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match self.strangers().await {
            Ok(found) => news.extend(found),
            // A service that is down now is compared when it is back.
            Err(error) if error.is_passing() => {
                tracing::warn!(%error, "Drafts and tickets could not be compared with the ledger: {error}");
            }
            Err(error) => failed = failed.or(Some(error)),
        }
        for one in news {
            match self.tell_once(&one).await {
                Ok(told) => swept.told += usize::from(told),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(swept),
        }
    }

    /// Sends mails again that stand still, and names those that a person must look at.
    async fn standing_still(&self, swept: &mut Swept) -> Result<Vec<News>, CallError> {
        let before = self.clock.now() - QUIET;
        let mut stuck = vec![];
        for still in self.upkeep.standing_still(before, AT_ONCE).await? {
            if still.tries >= self.most_tries || still.times >= MOST_TIMES {
                stuck.push(still);
                continue;
            }
            let Still { key, queue, .. } = &still;
            if self.upkeep.send_again(key).await?.is_some() {
                swept.sent_again += 1;
                tracing::warn!(
                    mail = %key, queue = queue.as_str(), since = %still.since,
                    "Mail {key} stood still since {}; it is sent to queue {} again",
                    still.since, queue.as_str()
                );
            }
        }
        swept.stuck = stuck.len();
        Ok(stuck.iter().map(|still| self.is_stuck(still)).collect())
    }

    fn is_stuck(&self, still: &Still) -> News {
        let key = &still.key;
        let why = still.error.as_deref().unwrap_or("no visit was recorded");
        let on = still.ticket.as_ref();
        let on = on.map_or_else(String::new, |ticket| format!(" (ticket {ticket})"));
        let dead = still.tries >= self.most_tries;
        let title = if dead {
            format!("Mail {key} lies among the dead letters")
        } else {
            format!("Mail {key} stands still")
        };
        let mend = if dead {
            format!(
                "When the cause is mended: helpdesk dlq replay --queue {} --mail {key}; if no letter lies \
                 there any more: helpdesk mail retry {key}",
                still.queue.as_str()
            )
        } else {
            format!("When the cause is mended: helpdesk mail retry {key}")
        };
        let lines = vec![
            format!("Nothing has happened to it{on} since {}.", still.since),
            format!("Last seen: {why}."),
            format!("Its story: helpdesk mail show {key}"),
            mend,
        ];
        News {
            name: format!("stuck/{key}/{}", still.times),
            calls: Calls::APerson,
            notice: Notice { title, lines },
        }
    }

    async fn outages(&self) -> Result<Vec<News>, CallError> {
        let mut news = vec![];
        for outage in self.upkeep.outages(self.clock.now() - LOOK_BACK).await? {
            let (id, gate) = (outage.id, &outage.gate);
            news.push(News {
                name: format!("outage/{id}/begin"),
                calls: Calls::Nobody,
                notice: Notice {
                    title: format!("{gate} is out of order"),
                    lines: vec![
                        format!("It has not answered since {}.", outage.since),
                        "It is tried again from time to time; the mails that need it wait in their \
                         queues, and nothing is to be done for them."
                            .to_owned(),
                    ],
                },
            });
            if let Some(until) = outage.until {
                let minutes = (until - outage.since).whole_minutes();
                news.push(News {
                    name: format!("outage/{id}/end"),
                    calls: Calls::Nobody,
                    notice: Notice {
                        title: format!("{gate} works again"),
                        lines: vec![format!(
                            "It was out of order for {minutes} minutes; what waited for it is worked now."
                        )],
                    },
                });
            }
        }
        Ok(news)
    }

    async fn floods(&self) -> Result<Vec<News>, CallError> {
        let now = self.clock.now();
        let floods = self.upkeep.floods(now - Duration::DAY).await?;
        let news = floods.into_iter().map(|flood| News {
            name: format!("flood/{}/{}", flood.example, now.date()),
            calls: Calls::Nobody,
            notice: Notice {
                title: "Mails were left to people, for a budget was used up".to_owned(),
                lines: vec![
                    format!("{} mails within a day: {}.", flood.mails, flood.reason),
                    format!("One of them is {}; they lie in the inbox.", flood.example),
                    "If it is a customer: helpdesk mail retry KEY works one of them all the same."
                        .to_owned(),
                ],
            },
        });
        Ok(news.collect())
    }

    async fn watch(&self) -> Result<Vec<News>, CallError> {
        let record = self.ledger.mailbox(&self.address).await?;
        let (title, line) = match record.watch_expires {
            Some(expires) if expires > self.clock.now() + WATCH_IS_LATE => return Ok(vec![]),
            Some(expires) => (
                "The watch on the mailbox is about to lapse",
                format!("It lapses at {expires} and was not renewed."),
            ),
            None => (
                "There is no watch on the mailbox",
                "Mails are found by the schedule only, some minutes late.".to_owned(),
            ),
        };
        let until = record.watch_expires.map(OffsetDateTime::unix_timestamp);
        Ok(vec![News {
            name: format!("watch/{}/{}", record.id, until.unwrap_or_default()),
            calls: Calls::APerson,
            notice: Notice {
                title: title.to_owned(),
                lines: vec![
                    line,
                    "Look at what the function renew_watch says in the log.".to_owned(),
                ],
            },
        }])
    }

    /// Drafts and tickets of ours that the ledger does not know, once a day. They are left as they are:
    /// a person may have answered there.
    async fn strangers(&self) -> Result<Vec<News>, CallError> {
        let now = self.clock.now();
        let today = format!("compared/{}", now.date());
        if self.upkeep.is_noted(&today).await? {
            return Ok(vec![]);
        }
        let mut news = vec![];
        for draft in self.mailbox.latest_drafts(COMPARED).await? {
            let Some(ours) = mail_mime::drafted(&draft.raw, HEADERS) else {
                continue;
            };
            for key in &ours.answers {
                if !self.knows(key).await? {
                    news.push(stranger(&format!("Draft {}", draft.id), &key.to_string()));
                }
            }
        }
        for (reference, key) in self.tickets.last_mails(COMPARED).await? {
            let known = match MailKey::parse(&key) {
                Ok(key) => self.knows(&key).await?,
                Err(_) => false,
            };
            if !known {
                news.push(stranger(&format!("Ticket {reference}"), &key));
            }
        }
        self.upkeep.note(&today, now).await?;
        Ok(news)
    }

    /// Whether the ledger knows a mail. One that was parked has no draft and no ticket of ours.
    async fn knows(&self, key: &MailKey) -> Result<bool, CallError> {
        let record = self.ledger.mail(key).await?;
        Ok(record.is_some_and(|mail| !matches!(mail.state, MailState::Parked(_))))
    }

    /// Tells people by every way there is. It is noted when one of them took it.
    async fn tell_once(&self, news: &News) -> Result<bool, CallError> {
        if self.upkeep.is_noted(&news.name).await? {
            return Ok(false);
        }
        let mut told = self.alerts.is_empty();
        let mut failed = None;
        for way in &self.alerts {
            match way.notice(&news.notice).await {
                // What may have arrived counts: twice is worse than perhaps.
                Ok(_) | Err(CallError::OutcomeUnknown { .. }) => told = true,
                Err(error) => failed = Some(error),
            }
        }
        news.log();
        match (told, failed) {
            (true, _) | (false, None) => {
                self.upkeep.note(&news.name, self.clock.now()).await?;
                Ok(true)
            }
            (false, Some(error)) => Err(error),
        }
    }
}

impl News {
    /// By name alone: titles name mailboxes.
    fn log(&self) {
        let name = &self.name;
        match self.calls {
            Calls::APerson => {
                tracing::error!(name: "people are called", notice = name, "People are told of {name}");
            }
            Calls::Nobody => tracing::warn!(notice = name, "People are told of {name}"),
        }
    }
}

fn stranger(what: &str, key: &str) -> News {
    News {
        name: format!("stranger/{what}"),
        calls: Calls::APerson,
        notice: Notice {
            title: format!("{what} stands for a mail that the ledger does not know"),
            lines: vec![
                format!("It names mail {key}."),
                "Was the ledger restored from an older backup? Look at it before it is sent or closed."
                    .to_owned(),
            ],
        },
    }
}
