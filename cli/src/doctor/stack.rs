//! The stack itself: its functions, what feeds them, what their roles allow, and whom its alerts reach.

use futures_util::future::join_all;
use ports::release;
use serde_json::{Value, json};
use stack_aws::{Function, needs};

use super::Check;
use crate::deployed::{Deployed, asked, in_words};

/// Functions that are not fed by queues: each may be at work beside those that are.
const BESIDE: i32 = 5;

/// Whether there is anything to look at.
pub fn stands(deployed: &Deployed) -> Result<(), String> {
    let mut why = None;
    for (_, function) in &deployed.functions {
        match function {
            Ok(_) => return Ok(()),
            Err(error) => why = why.or_else(|| Some(in_words(error))),
        }
    }
    Err(why.unwrap_or_default())
}

/// Each function, and what its role allows.
pub async fn functions(deployed: &Deployed) -> Vec<Check> {
    let secrets = deployed.arns().await;
    let all = deployed.functions.iter().map(|(name, function)| {
        let secrets = &secrets;
        async move {
            let what = format!("function {name}");
            let function = match function {
                Ok(function) => function,
                Err(error) => return vec![Check::bad(what, in_words(error))],
            };
            let may = async {
                let needs = needs(function, secrets);
                let lacking = asked(Box::pin(deployed.stack.lacks(function, &needs))).await;
                lacking.map(|lacking| (needs.len(), lacking))
            };
            let (fed, may) = tokio::join!(fed(deployed, function), may);
            vec![
                fed_check(what, function, fed),
                permissions(name, function, may),
            ]
        }
    });
    join_all(all).await.into_iter().flatten().collect()
}

async fn fed(deployed: &Deployed, function: &Function) -> Result<Vec<stack_aws::Feed>, String> {
    asked(deployed.stack.feeds(function)).await
}

fn fed_check(
    what: String,
    function: &Function,
    fed: Result<Vec<stack_aws::Feed>, String>,
) -> Check {
    if let Some(why) = &function.unfinished {
        return Check::bad(
            what,
            format!("it is not as it was deployed ({why}): deploy again"),
        );
    }
    let feeds = match fed {
        Ok(feeds) => feeds,
        Err(why) => return Check::bad(what, why),
    };
    if let Some(dry) = feeds.iter().find(|feed| !feed.flows()) {
        let says = format!(
            "queue {} does not feed it (its trigger is {}): enable the trigger",
            dry.queue, dry.state
        );
        return Check::bad(what, says);
    }
    let fed_by: Vec<&str> = feeds.iter().map(|feed| feed.queue.as_str()).collect();
    let version = &function.version;
    Check::ok(
        what,
        if fed_by.is_empty() {
            format!("version {version} is live")
        } else {
            format!("version {version} is live, fed by {}", fed_by.join(", "))
        },
    )
}

fn permissions(
    name: &str,
    function: &Function,
    may: Result<(usize, Vec<stack_aws::Need>), String>,
) -> Check {
    let what = format!("permissions {name}");
    match may {
        Err(why) => Check::not_looked_at(what, why),
        Ok((all, lacking)) if lacking.is_empty() => Check::ok(
            what,
            format!("its role allows all {all} that it is told to use"),
        ),
        Ok((_, lacking)) => {
            let lacking = lacking
                .iter()
                .map(|need| format!("{} on {}", need.action, need.resource));
            let lacking: Vec<String> = lacking.collect();
            let says = format!(
                "the role {} does not allow {}: deploy the stack again, which puts its policies back",
                function.role,
                lacking.join(", ")
            );
            Check::bad(what, says)
        }
    }
}

/// Whether what is deployed is what this program was built of.
pub async fn version(deployed: &Deployed) -> Check {
    let what = "version";
    let event = json!({
        "version": "2.0",
        "rawPath": "/healthz",
        "requestContext": { "http": { "method": "GET" } },
    });
    let answer = match asked(Box::pin(deployed.stack.invoke("health", &event))).await {
        Ok(answer) => answer,
        Err(why) => return Check::bad(what, why),
    };
    let body = answer["body"].as_str().unwrap_or_default();
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let (Some(version), Some(commit)) = (body["version"].as_str(), body["commit"].as_str()) else {
        return Check::bad(
            what,
            "health does not say what it was built of: deploy again",
        );
    };
    let theirs = format!("{version} ({commit})");
    let ours = format!("{} ({})", release::VERSION, release::COMMIT);
    if theirs == ours {
        Check::ok(
            what,
            format!("{theirs} is deployed, and this program is of it"),
        )
    } else {
        let says = format!(
            "{theirs} is deployed and this program is {ours}: take the one that was built with it"
        );
        Check::warning(what, says)
    }
}

/// Whether somebody gets the alerts.
pub async fn alerts(deployed: &Deployed) -> Check {
    let what = "alerts by e-mail";
    let needs = &deployed.needs;
    if let Some(setting) = needs.lack(&["ALERT_TOPIC_ARN"]) {
        return Check::not_looked_at(what, format!("{setting} is missing or bad"));
    }
    match asked(deployed.alerts.subscribers()).await {
        Err(why) => Check::bad(what, why),
        Ok((0, 0)) => Check::warning(
            what,
            "nobody gets them: deploy with AlertEmail, or subscribe to the topic AlertTopicArn",
        ),
        Ok((0, pending)) => Check::bad(
            what,
            format!(
                "nobody gets them: {pending} asked for them and must confirm the mail that AWS sent"
            ),
        ),
        Ok((confirmed, 0)) => Check::ok(what, format!("{confirmed} get them")),
        Ok((confirmed, pending)) => Check::warning(
            what,
            format!("{confirmed} get them; {pending} asked for them and did not confirm"),
        ),
    }
}

/// Whether the account lets as many events be worked at once as the queues may bring.
pub async fn concurrency(deployed: &Deployed) -> Check {
    let what = "quota lambda";
    let all = deployed.standing().map(|function| fed(deployed, function));
    let feeds = join_all(all).await.into_iter().flatten().flatten();
    let wanted = BESIDE + feeds.filter_map(|feed| feed.most).sum::<i32>();
    match asked(deployed.stack.concurrency()).await {
        Err(why) => Check::not_looked_at(what, why),
        Ok(most) if most < wanted => Check::warning(
            what,
            format!(
                "the account works {most} events at once, the stack may want {wanted}: ask AWS for more (Service \
                 Quotas, AWS Lambda, Concurrent executions), or deploy with a lower MaxConcurrency"
            ),
        ),
        Ok(most) => Check::ok(
            what,
            format!("{most} events can be worked at once, the stack wants {wanted} at the most"),
        ),
    }
}
