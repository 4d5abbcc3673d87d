//! What is found, and in which order.

use ports::{Chunk, Passage, Search};
use time::macros::date;

use super::{World, chunk, near};

const EAST: [f32; 4] = [1.0, 0.0, 0.0, 0.0];
const NORTH: [f32; 4] = [0.0, 1.0, 0.0, 0.0];
const UP: [f32; 4] = [0.0, 0.0, 1.0, 0.0];

fn with_words(chunk: Chunk, words: &[u32]) -> Chunk {
    Chunk {
        terms: words.iter().map(|&word| (word, 1.0)).collect(),
        ..chunk
    }
}

fn asking(vector: &[f32], words: &[u32]) -> Search {
    Search {
        vector: vector.to_vec(),
        terms: words.iter().map(|&word| (word, 1.0)).collect(),
        ..near(EAST, 10)
    }
}

pub(super) async fn a_search_where_nothing_is_stored_finds_nothing(w: World) {
    let w = w.prepared().await;
    assert!(w.search(&near(EAST, 5)).await.is_empty());
    assert!(w.search(&asking(&EAST, &[1])).await.is_empty());
}

pub(super) async fn a_search_for_nothing_finds_nothing(w: World) {
    let w = w.prepared().await;
    w.put(&[chunk(1, "cards.md", "A card.", EAST)]).await;
    assert!(w.search(&asking(&[], &[])).await.is_empty());
}

pub(super) async fn what_is_found_is_told_as_it_was_put(w: World) {
    let w = w.prepared().await;
    let linked = chunk(1, "cards.md", "A card.", [0.6, 0.8, 0.0, 0.0]);
    let bare = Chunk {
        link: None,
        language: None,
        ..chunk(2, "cards.md", "A loan.", UP)
    };
    w.put(&[linked.clone(), bare.clone()]).await;
    for stored in [linked, bare] {
        let search = asking(&stored.vector, &[]);
        let found = w.search(&Search { limit: 1, ..search }).await;
        let [found] = &found[..] else {
            panic!("one piece was asked for")
        };
        assert!((found.score - 1.0).abs() < 1e-4, "{}", found.score);
        let as_put = Passage {
            id: stored.id,
            document: stored.document,
            position: stored.position,
            title: stored.title,
            link: stored.link,
            text: stored.text,
            language: stored.language,
            score: found.score,
        };
        assert_eq!(*found, as_put);
    }
}

pub(super) async fn the_nearest_comes_first(w: World) {
    let w = w.prepared().await;
    let pieces = [
        chunk(1, "cards.md", "far", [0.0, 0.0, 0.0, 1.0]),
        chunk(2, "cards.md", "near", [1.0, 0.1, 0.0, 0.0]),
        chunk(3, "cards.md", "opposite", [-1.0, 0.0, 0.0, 0.0]),
        chunk(4, "cards.md", "middle", [1.0, 1.0, 0.0, 0.0]),
    ];
    w.put(&pieces).await;
    let found = w.search(&near(EAST, 10)).await;
    let texts: Vec<&str> = found.iter().map(|passage| passage.text.as_str()).collect();
    assert_eq!(texts, ["near", "middle", "far", "opposite"]);
    assert!(found.is_sorted_by(|one, other| one.score >= other.score));
}

pub(super) async fn no_more_is_found_than_asked_for(w: World) {
    let w = w.prepared().await;
    let pieces = [
        chunk(1, "cards.md", "near", [1.0, 0.1, 0.0, 0.0]),
        chunk(2, "cards.md", "nearest", EAST),
        chunk(3, "cards.md", "far", UP),
    ];
    w.put(&pieces).await;
    assert_eq!(w.texts(&near(EAST, 2)).await, ["nearest", "near"]);
    let both = Search {
        limit: 2,
        ..asking(&EAST, &[1])
    };
    assert_eq!(w.texts(&both).await.len(), 2);
}

pub(super) async fn words_alone_find_only_what_has_one_of_them(w: World) {
    let w = w.prepared().await;
    w.put(&[
        with_words(chunk(1, "a.md", "one word", EAST), &[1]),
        with_words(chunk(2, "b.md", "both words", NORTH), &[1, 2]),
        with_words(chunk(3, "c.md", "neither", UP), &[3]),
        chunk(4, "d.md", "no words at all", EAST),
    ])
    .await;
    assert_eq!(
        w.texts(&asking(&[], &[1, 2])).await,
        ["both words", "one word"]
    );
    assert!(w.texts(&asking(&[], &[9])).await.is_empty());
}

pub(super) async fn a_rare_word_counts_more_than_a_common_one(w: World) {
    let w = w.prepared().await;
    let common = (10..14).map(|n| with_words(chunk(n, "x.md", "common", EAST), &[1]));
    let mut pieces: Vec<Chunk> = common.collect();
    pieces.push(with_words(chunk(20, "y.md", "rare", EAST), &[2]));
    w.put(&pieces).await;
    assert_eq!(w.texts(&asking(&[], &[1, 2])).await[0], "rare");
}

pub(super) async fn what_is_near_by_meaning_and_by_words_comes_first(w: World) {
    let w = w.prepared().await;
    w.put(&[
        with_words(chunk(1, "a.md", "words only", UP), &[1]),
        with_words(chunk(2, "b.md", "both", [1.0, 0.2, 0.0, 0.0]), &[1, 2]),
        chunk(3, "c.md", "meaning only", EAST),
    ])
    .await;
    assert_eq!(w.texts(&asking(&EAST, &[1, 2])).await[0], "both");
}

pub(super) async fn what_only_one_of_the_two_finds_is_found_too(w: World) {
    let w = w.prepared().await;
    let mut pieces: Vec<Chunk> = (0..20).map(|n| chunk(n, "x.md", "near", EAST)).collect();
    let by_word = with_words(
        chunk(30, "y.md", "by its word", [-1.0, 0.0, 0.0, 0.0]),
        &[1],
    );
    pieces.push(by_word);
    w.put(&pieces).await;
    let search = Search {
        limit: 4,
        ..asking(&EAST, &[1])
    };
    assert!(w.texts(&search).await.contains(&"by its word".to_owned()));
}

pub(super) async fn the_language_asked_for_comes_first(w: World) {
    let w = w.prepared().await;
    let german = Chunk {
        language: Some("de".to_owned()),
        ..with_words(chunk(1, "a.md", "deutsch", [1.0, 0.3, 0.0, 0.0]), &[1])
    };
    let english = with_words(chunk(2, "b.md", "english", EAST), &[1]);
    let unknown = Chunk {
        language: None,
        ..chunk(3, "c.md", "unknown", [1.0, 0.4, 0.0, 0.0])
    };
    w.put(&[german, english, unknown]).await;
    let asked = Search {
        language: Some("de".to_owned()),
        ..asking(&EAST, &[1])
    };
    let texts = w.texts(&asked).await;
    assert_eq!(texts[0], "deutsch");
    assert_eq!(texts.len(), 3, "other languages are found too: {texts:?}");
}

pub(super) async fn what_another_product_is_about_is_left_out(w: World) {
    let w = w.prepared().await;
    let about = |number: u32, product: &str| Chunk {
        product: Some(product.to_owned()),
        ..with_words(chunk(number, "x.md", product, EAST), &[1])
    };
    let for_all = with_words(chunk(3, "y.md", "for all", EAST), &[1]);
    w.put(&[about(1, "loan"), about(2, "credit-card"), for_all])
        .await;
    for search in [asking(&EAST, &[1]), asking(&EAST, &[]), asking(&[], &[1])] {
        let asked = Search {
            product: Some("loan".to_owned()),
            ..search.clone()
        };
        let mut texts = w.texts(&asked).await;
        texts.sort();
        assert_eq!(texts, ["for all", "loan"]);
        assert_eq!(w.texts(&search).await.len(), 3, "no product: all of them");
    }
}

pub(super) async fn what_does_not_hold_yet_or_any_more_is_left_out(w: World) {
    let w = w.prepared().await;
    let old = Chunk {
        valid_until: Some(date!(2026 - 10 - 31)),
        ..chunk(1, "a.md", "until October", EAST)
    };
    let new = Chunk {
        valid_from: Some(date!(2026 - 11 - 01)),
        ..chunk(2, "b.md", "from November", EAST)
    };
    w.put(&[old, new]).await;
    for (on, expected) in [
        (date!(2026 - 10 - 31), "until October"),
        (date!(2026 - 11 - 01), "from November"),
    ] {
        let search = Search {
            on,
            ..near(EAST, 5)
        };
        assert_eq!(w.texts(&search).await, [expected], "{on}");
    }
}
