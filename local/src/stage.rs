//! The world that a storm blows over, and that is put under load: stand-ins alone, one document.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use local::aws::Venv;
use local::places::Places;
use local::world::{Ground, Options, World};

const INDEXING: Duration = Duration::from_mins(2);

/// What `cargo xtask` adds by itself.
#[derive(Args)]
pub struct Stage {
    #[arg(long, hide = true)]
    venv: PathBuf,
    #[arg(long, hide = true)]
    binaries: PathBuf,
    #[arg(long, hide = true)]
    template: PathBuf,
}

impl Stage {
    /// Starts the world. `timeouts` are the seconds that a function may take and that a message is hidden.
    pub async fn world(self, timeouts: (u32, u32), tell: &dyn Fn(&str)) -> anyhow::Result<World> {
        let venv = Venv { root: self.venv };
        let options = Options {
            ground: Ground::passing(venv, Places::free()?, timeouts),
            binaries: self.binaries,
            template: self.template,
        };
        let world = World::start(options, tell).await?;
        let document = std::fs::read_to_string("events/knowledge/cards.md")?;
        world.upload("cards.md", &document).await?;
        world.wait_for_documents(1, INDEXING).await?;
        Ok(world)
    }
}
