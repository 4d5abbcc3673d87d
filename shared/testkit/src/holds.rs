//! Calls that are held up: right before their effect, or right after it and before their answer.
//!
//! A test that drops a worker while its call is held has killed it at that very point: what happened
//! stands, and nothing more is done or recorded. A test that lets the clock pass meanwhile has made
//! the call slow, and one that lets another worker run has made the two run at once.

use std::sync::Arc;

use tokio::sync::watch;

/// A point of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// The service has the request, and did nothing yet.
    BeforeEffect,
    /// The service did what it does, and the answer is not there yet.
    AfterEffect,
}

/// A call that is held up at both points, until it is let go on from each.
#[derive(Debug, Clone)]
pub struct Hold(Arc<Places>);

#[derive(Debug, Default)]
struct Places {
    /// How far the call came.
    is_at: watch::Sender<Option<Point>>,
    /// From where it may go on.
    may_leave: watch::Sender<Option<Point>>,
}

impl Hold {
    pub(crate) fn new() -> Self {
        Self(Arc::default())
    }

    /// Waits until the call comes to this point.
    pub async fn reached(&self, point: Point) {
        wait_for(&self.0.is_at, point).await;
    }

    /// Lets the call go on from this point.
    pub fn let_go(&self, point: Point) {
        self.0.may_leave.send_replace(Some(point));
    }

    /// The call comes to this point, and goes on when it may.
    pub(crate) async fn stop_at(&self, point: Point) {
        self.0.is_at.send_replace(Some(point));
        wait_for(&self.0.may_leave, point).await;
    }
}

async fn wait_for(place: &watch::Sender<Option<Point>>, point: Point) {
    let there = |at: &Option<Point>| *at >= Some(point);
    // The sender is held here, so that waiting ends in no other way.
    drop(place.subscribe().wait_for(there).await);
}
