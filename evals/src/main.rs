//! `cargo xtask eval`: the figures on the terminal, and a report to read.
#![expect(clippy::print_stdout, reason = "a command-line tool speaks on stdout")]

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use evals::cases::{self, Part};
use evals::report::{Run, html, percent};
use evals::world::World;
use evals::{figures, mails, questions};
use model_gemini::{Prompt, Prompts};
use time::OffsetDateTime;

/// How well mails are understood and questions answered.
#[derive(Parser)]
#[command(bin_name = "cargo xtask eval")]
struct Options {
    /// Which cases: those for tuning, or those that are held out
    #[arg(long, value_enum, default_value = "test")]
    part: Part,
    /// Where the report goes
    #[arg(long, default_value = ".local/evals")]
    out: PathBuf,
    /// The key of the Gemini API; without one the stand-in is measured, and the report says so
    #[arg(long, env = "GEMINI_API_KEY", hide_env_values = true)]
    gemini_key: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    run(Options::parse()).await.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

async fn run(options: Options) -> Result<ExitCode> {
    let key = options.gemini_key.filter(|key| !key.trim().is_empty());
    let world = World::start(key).await?;
    world.cost.take();
    let judged = mails::judge(&world, cases::mails(options.part)?).await?;
    let mail_cost = world.cost.take();
    let answered = questions::answer(&world, cases::questions(options.part)?).await?;
    let answer_cost = world.cost.take();
    let prompts = Prompts::default();
    let prompt = |prompt: &Prompt| format!("{} ({})", prompt.name(), &prompt.hash()[..8]);
    let run = Run {
        model: world.name.clone(),
        prompts: [&prompts.classify, &prompts.answer].map(prompt).to_vec(),
        part: format!("{:?}", options.part).to_lowercase(),
        on: OffsetDateTime::now_utc().date().to_string(),
        indexed: world.indexed,
        figures: figures::Figures {
            mails: figures::of_mails(&judged, mail_cost),
            questions: figures::of_questions(&answered, answer_cost),
        },
    };
    let folder = &options.out;
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    std::fs::write(folder.join("report.html"), html(&run, &judged, &answered))?;
    std::fs::write(
        folder.join("report.json"),
        serde_json::to_string_pretty(&run)?,
    )?;
    let curve = evals::curve::svg(&run.figures.mails.curve, run.figures.mails.threshold);
    std::fs::write(folder.join("thresholds.svg"), curve)?;
    print(&run);
    println!("\nthe report is {}", folder.join("report.html").display());
    Ok(ExitCode::SUCCESS)
}

fn print(run: &Run) {
    let (m, q) = (&run.figures.mails, &run.figures.questions);
    println!("{} part, answered by {}", run.part, run.model);
    println!(
        "{} mails, {} questions with an answer, {} without\n",
        m.count, q.answerable, q.unanswerable
    );
    for (name, value) in [
        ("intent named rightly", m.accuracy),
        ("mails for people that reach people", m.out_of_scope_recall),
        ("urgent mails that reach people", m.urgent_to_a_person),
        ("handled by a machine, wrongly", m.wrongly_handled),
        ("hit@1", q.hit_at_1),
        ("hit@5", q.hit_at_5),
        ("answered", q.answered),
        ("right, of those answered", q.right),
        ("citations, precision", q.citations.precision),
        ("citations, recall", q.citations.recall),
        ("not answered where nothing answers", q.abstained),
        ("sentences refused by the checks", q.refused_sentences),
        (
            "sentences not word for word in a passage",
            q.not_word_for_word,
        ),
    ] {
        println!("{name:<44} {:>8}", percent(value));
    }
    for (name, figure) in &m.details {
        let name = format!("{name}: precision, recall");
        println!(
            "{name:<44} {:>8} {:>8}",
            percent(figure.precision),
            percent(figure.recall)
        );
    }
    println!(
        "{:<44} {:>8.1} ms, {:.6} USD",
        "a mail (p50, mean cost)", m.took.p50, m.cost
    );
    println!(
        "{:<44} {:>8.1} ms, {:.6} USD",
        "an answer (p50, mean cost)", q.took.p50, q.cost
    );
}
