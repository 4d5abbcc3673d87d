//! `helpdesk cost`: what a month costs, by what the template makes and what a mail sets going. It asks
//! nobody: quantities and prices stand in the code, and what was assumed is told along with the sum.

mod assumed;
mod bill;
mod load;
mod prices;
mod show;
pub mod stack;
mod usage;

use std::process::ExitCode;

use clap::Args;
use time::{Date, OffsetDateTime};

use self::bill::Bill;
use self::load::Load;

/// What is told of without being asked for one.
const MONTHS: [u32; 4] = [0, 100, 10_000, 1_000_000];

/// A month to reckon.
#[derive(Args)]
pub struct Cost {
    /// Mails that come in a month; without it none, 100, 10,000 and 1,000,000 side by side
    #[arg(long, value_name = "NUMBER")]
    mails: Option<u32>,
    /// Take off what is free each month, in an account that holds nothing else
    #[arg(long)]
    free_tier: bool,
    #[command(flatten)]
    shape: Shape,
    #[command(flatten)]
    load: Load,
}

/// How it is printed.
#[derive(Args)]
#[group(multiple = false)]
struct Shape {
    /// Print one JSON object a month instead of the table
    #[arg(long)]
    json: bool,
    /// Print the table in Markdown
    #[arg(long)]
    markdown: bool,
    /// Print what is assumed and no option changes
    #[arg(long)]
    assumed: bool,
}

/// Prints what months cost.
pub fn run(cost: &Cost) -> anyhow::Result<ExitCode> {
    if cost.shape.assumed {
        print!("{}", show::assumptions());
        return Ok(ExitCode::SUCCESS);
    }
    cost.load.shares.check()?;
    let today = OffsetDateTime::now_utc().date();
    let on = cost.load.models.on.unwrap_or(today);
    let bill = |mails| Bill::of(&cost.load, mails, on, cost.free_tier);
    let idle = bill(0)?;
    let months = cost.mails.map_or(MONTHS.to_vec(), |mails| vec![mails]);
    let bills = months.into_iter().map(bill);
    let bills = bills.collect::<anyhow::Result<Vec<Bill>>>()?;
    print!("{}", text(cost, &idle, &bills, on));
    Ok(ExitCode::SUCCESS)
}

fn text(cost: &Cost, idle: &Bill, bills: &[Bill], on: Date) -> String {
    if cost.shape.json {
        let objects = bills.iter().map(|bill| show::as_json(idle, bill));
        return objects.map(|object| format!("{object}\n")).collect();
    }
    if cost.shape.markdown {
        return show::markdown(bills);
    }
    let table = match bills {
        [bill] => show::in_full(idle, bill),
        bills => show::side_by_side(bills),
    };
    format!("{table}\n{}", notes(cost, bills, on))
}

/// What one has to know of the figures.
fn notes(cost: &Cost, bills: &[Bill], on: Date) -> String {
    let free = if cost.free_tier {
        "What is free each month is taken off, for an account that holds nothing else."
    } else {
        "Nothing that is free is taken off; --free-tier does."
    };
    let mut text = format!(
        "{free}\nPrices are those of us-east-1 documented on {}, Gemini's of {} for {on}.\n\
         Nothing was checked against a bill. Odoo, Slack, Google Workspace and taxes are not in it.\n\
         What is assumed, and what makes it less: docs/COST.md.\n",
        prices::AS_OF,
        model_gemini::PRICES_AS_OF,
    );
    if cost.free_tier && bills.iter().any(Bill::outgrows_neon) {
        text.push_str(
            "Neon's free plan ends at 100 CU-hours and 0.5 GB. Polls and sweeps wake the database, as mails do.\n",
        );
    }
    let requests = bills.iter().map(Bill::model_requests_a_day);
    let requests = requests.fold(0.0, f64::max);
    if requests > f64::from(stack::MODEL_REQUESTS_A_DAY) {
        text.push_str(&format!(
            "{} requests a day go to Gemini; GeminiRequestsPerDay must allow more than its {}.\n",
            show::grouped(requests),
            show::grouped(f64::from(stack::MODEL_REQUESTS_A_DAY))
        ));
    }
    text
}
