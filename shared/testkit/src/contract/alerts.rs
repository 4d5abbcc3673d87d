//! What every way of alerting people must do.

use std::sync::Arc;

use domain::{MailKey, TicketRef};
use ports::{Alert, Alerts, CallError};

use crate::Fault;
use crate::alerts::{FakeAlerts, OPERATION};

/// A fresh channel, and the way into it that is tested.
pub struct World {
    /// The implementation.
    pub alerts: Arc<dyn Alerts>,
    /// Where its alerts arrive.
    pub channel: Arc<FakeAlerts>,
}

/// Runs every case in a fresh world and returns their names.
///
/// # Panics
/// At the first case that is not upheld.
pub async fn upholds<F, Fut>(fresh: F) -> Vec<&'static str>
where
    F: Fn() -> Fut,
    Fut: Future<Output = World>,
{
    cases! { fresh:
        an_alert_names_the_ticket,
        an_alert_says_why_a_person_is_needed,
        an_alert_leads_to_the_ticket,
        an_alert_leads_to_the_mail,
        an_urgent_alert_says_so,
        a_usual_alert_does_not_cry_wolf,
        a_possible_repeat_says_so,
        a_first_alert_does_not_call_itself_a_repeat,
        one_call_delivers_one_alert,
        a_delivery_that_is_not_confirmed_is_of_unknown_outcome,
        a_delivery_of_unknown_outcome_is_not_repeated,
        a_broken_connection_is_of_unknown_outcome,
        a_long_wait_is_left_to_the_caller,
        signs_of_markup_stay_text,
        a_very_long_reason_is_delivered,
    }
}

fn sample() -> Alert {
    Alert {
        mail: MailKey::parse("1-18c2f3ab").expect("a mail key"),
        ticket: TicketRef::parse("HT00042").expect("a reference"),
        ticket_link: "https://odoo.test/mail/view?model=helpdesk.ticket&res_id=57".to_owned(),
        thread_link: "https://mail.test/u/0/#all/18c2f3ab".to_owned(),
        urgent: false,
        because: "the classifier was not sure enough".to_owned(),
        may_be_repeat: false,
    }
}

impl World {
    /// Delivers one alert and returns its text.
    async fn shows(&self, alert: &Alert) -> String {
        self.alerts
            .alert(alert)
            .await
            .expect("the alert is delivered");
        match self.channel.delivered().as_slice() {
            [one] => one.shown.clone(),
            others => panic!("{} alerts were delivered", others.len()),
        }
    }

    async fn meets(&self, fault: Fault) -> CallError {
        self.channel.faults.arm(OPERATION, fault, 1);
        self.alerts
            .alert(&sample())
            .await
            .expect_err("the fault shows")
    }
}

async fn an_alert_names_the_ticket(w: World) {
    assert!(w.shows(&sample()).await.contains("HT00042"));
}

async fn an_alert_says_why_a_person_is_needed(w: World) {
    assert!(
        w.shows(&sample())
            .await
            .contains("the classifier was not sure enough")
    );
}

async fn an_alert_leads_to_the_ticket(w: World) {
    w.shows(&sample()).await;
    assert!(
        w.channel.delivered()[0]
            .links
            .contains(&sample().ticket_link)
    );
}

async fn an_alert_leads_to_the_mail(w: World) {
    w.shows(&sample()).await;
    assert!(
        w.channel.delivered()[0]
            .links
            .contains(&sample().thread_link)
    );
}

async fn an_urgent_alert_says_so(w: World) {
    let alert = Alert {
        urgent: true,
        ..sample()
    };
    assert!(w.shows(&alert).await.to_lowercase().contains("urgent"));
}

async fn a_usual_alert_does_not_cry_wolf(w: World) {
    assert!(!w.shows(&sample()).await.to_lowercase().contains("urgent"));
}

async fn a_possible_repeat_says_so(w: World) {
    let alert = Alert {
        may_be_repeat: true,
        ..sample()
    };
    assert!(w.shows(&alert).await.contains("repeat"));
}

async fn a_first_alert_does_not_call_itself_a_repeat(w: World) {
    assert!(!w.shows(&sample()).await.contains("repeat"));
}

async fn one_call_delivers_one_alert(w: World) {
    w.shows(&sample()).await;
    assert_eq!(w.channel.delivered().len(), 1);
}

async fn a_delivery_that_is_not_confirmed_is_of_unknown_outcome(w: World) {
    let error = w.meets(Fault::TimeOutAfterSuccess).await;
    assert!(
        matches!(error, CallError::OutcomeUnknown { .. }),
        "{error:?}"
    );
}

async fn a_delivery_of_unknown_outcome_is_not_repeated(w: World) {
    w.meets(Fault::TimeOutAfterSuccess).await;
    assert_eq!(w.channel.delivered().len(), 1);
}

async fn a_broken_connection_is_of_unknown_outcome(w: World) {
    let error = w.meets(Fault::Refuse).await;
    assert!(
        matches!(error, CallError::OutcomeUnknown { .. }),
        "{error:?}"
    );
}

async fn a_long_wait_is_left_to_the_caller(w: World) {
    let error = w.meets(Fault::RateLimited(60)).await;
    let CallError::RateLimited {
        retry_after: Some(wait),
        ..
    } = error
    else {
        panic!("{error:?}");
    };
    assert_eq!(wait.as_secs(), 60);
}

async fn signs_of_markup_stay_text(w: World) {
    let because = "a <!channel> & <b>more</b>".to_owned();
    let alert = Alert {
        because: because.clone(),
        ..sample()
    };
    assert!(w.shows(&alert).await.contains(&because));
}

async fn a_very_long_reason_is_delivered(w: World) {
    let alert = Alert {
        because: "because & again ".repeat(1_000),
        ..sample()
    };
    assert!(w.shows(&alert).await.contains("because & again because"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_fake_upholds_the_contract() {
        let upheld = upholds(async || {
            let channel = Arc::new(FakeAlerts::default());
            World {
                alerts: channel.clone(),
                channel,
            }
        })
        .await;
        assert_eq!(upheld.len(), 15);
    }
}
