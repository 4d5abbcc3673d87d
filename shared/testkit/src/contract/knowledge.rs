//! What every knowledge base must do: the fake, and the adapter for Qdrant's real protocol.

mod faults;
mod searching;
mod spaces;
mod storing;

use std::sync::Arc;

use ports::{Chunk, Knowledge, Passage, Search, Space};
use time::macros::date;

use crate::{Fault, Faults};

/// A fresh knowledge base, without a space.
pub struct World {
    /// What is tested.
    pub knowledge: Arc<dyn Knowledge>,
    /// Its fault switches. A real service has none, and the cases that need them are left out.
    pub faults: Option<Arc<Faults>>,
}

const DIMENSION: usize = 4;

/// Runs every case in a fresh world and returns their names.
///
/// # Panics
/// At the first case that is not upheld.
pub async fn upholds<F, Fut>(fresh: F) -> Vec<&'static str>
where
    F: Fn() -> Fut,
    Fut: Future<Output = World>,
{
    let mut upheld = cases! { fresh:
        spaces::nothing_serves_before_anything_is_indexed,
        spaces::preparing_twice_changes_nothing,
        spaces::two_who_prepare_at_once_both_succeed,
        spaces::two_dimensions_of_one_model_are_two_spaces,
        spaces::a_space_that_was_never_prepared_is_not_there,
        spaces::a_space_serves_once_it_is_told_to,
        spaces::another_space_takes_over_in_one_step,
        spaces::only_what_is_prepared_can_serve,
        spaces::spaces_do_not_mix,
        spaces::a_retired_space_is_gone,
        spaces::the_serving_space_is_not_retired,
        spaces::retiring_what_is_not_there_is_fine,
        storing::what_is_put_comes_back_as_it_was,
        storing::pieces_come_in_the_order_of_the_document,
        storing::a_piece_put_twice_is_there_once,
        storing::a_document_that_never_was_has_no_pieces,
        storing::held_names_the_pieces_of_every_document,
        storing::two_documents_do_not_touch_each_other,
        storing::removing_what_never_was_is_fine,
        storing::a_document_of_many_pieces_is_stored_whole,
        storing::a_vector_of_another_dimension_is_refused,
        storing::umlauts_survive,
        searching::a_search_where_nothing_is_stored_finds_nothing,
        searching::a_search_for_nothing_finds_nothing,
        searching::what_is_found_is_told_as_it_was_put,
        searching::the_nearest_comes_first,
        searching::no_more_is_found_than_asked_for,
        searching::words_alone_find_only_what_has_one_of_them,
        searching::a_rare_word_counts_more_than_a_common_one,
        searching::what_is_near_by_meaning_and_by_words_comes_first,
        searching::what_only_one_of_the_two_finds_is_found_too,
        searching::the_language_asked_for_comes_first,
        searching::what_another_product_is_about_is_left_out,
        searching::what_does_not_hold_yet_or_any_more_is_left_out,
    };
    if fresh().await.faults.is_some() {
        upheld.extend(cases! { fresh:
            faults::a_service_that_is_out_of_order_is_told,
            faults::a_search_survives_a_service_that_breaks_once,
            faults::a_limit_is_told,
            faults::a_preparation_whose_answer_was_lost_can_be_repeated,
            faults::a_switch_whose_answer_was_lost_can_be_repeated,
            faults::what_broke_off_while_it_was_put_can_be_put_again,
        });
    }
    upheld
}

/// The space of an embedding model.
fn space(model: &str) -> Space {
    Space {
        model: model.to_owned(),
        dimensions: DIMENSION,
    }
}

/// The space that most cases are about.
fn ours() -> Space {
    space("embedding-1")
}

/// The piece with this number. Its id is a UUID of version 8 (RFC 9562, section 5.8).
fn chunk(number: u32, document: &str, text: &str, vector: [f32; DIMENSION]) -> Chunk {
    Chunk {
        id: format!("00000000-0000-8000-8000-{number:012x}"),
        document: document.to_owned(),
        position: number,
        title: format!("Title of {document}"),
        link: Some(format!("https://help.bank.test/{document}")),
        text: text.to_owned(),
        language: Some("en".to_owned()),
        product: None,
        valid_from: None,
        valid_until: None,
        vector: vector.to_vec(),
        terms: vec![],
    }
}

/// A search by meaning alone, over everything.
fn near(vector: [f32; DIMENSION], limit: usize) -> Search {
    Search {
        vector: vector.to_vec(),
        terms: vec![],
        language: None,
        product: None,
        on: date!(2026 - 11 - 23),
        limit,
    }
}

impl World {
    async fn prepared(self) -> Self {
        let prepared = self.knowledge.prepare(&ours()).await;
        prepared.expect("it is prepared");
        self
    }

    async fn put(&self, chunks: &[Chunk]) {
        let put = self.knowledge.put(&ours(), chunks).await;
        put.expect("they are put");
    }

    async fn remove(&self, chunks: &[&Chunk]) {
        let ids: Vec<String> = chunks.iter().map(|chunk| chunk.id.clone()).collect();
        let removed = self.knowledge.remove(&ours(), &ids).await;
        removed.expect("they are removed");
    }

    async fn search(&self, search: &Search) -> Vec<Passage> {
        let found = self.knowledge.search(&ours(), search).await;
        found.expect("it is searched")
    }

    /// The texts that a search finds, in its order.
    async fn texts(&self, search: &Search) -> Vec<String> {
        let found = self.search(search).await;
        found.into_iter().map(|passage| passage.text).collect()
    }

    /// The texts of everything stored, in alphabetical order.
    async fn all_texts(&self) -> Vec<String> {
        let mut texts = self.texts(&near([1.0, 1.0, 1.0, 1.0], 1_000)).await;
        texts.sort();
        texts
    }

    fn arm(&self, operation: &str, fault: Fault, times: u32) {
        if let Some(faults) = &self.faults {
            faults.arm(operation, fault, times);
        }
    }
}
