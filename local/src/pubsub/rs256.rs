//! RSA keys that sign and check JSON Web Tokens (RFC 7515, RS256), as Google's do.

use anyhow::Context;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A key pair with its name.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) kid: String,
    pair: RsaKeyPair,
}

impl Key {
    /// Makes a key.
    ///
    /// # Panics
    /// If the machine has no randomness.
    pub(crate) fn new(kid: impl Into<String>) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("the machine has randomness");
        Self {
            kid: kid.into(),
            pair,
        }
    }

    /// The header that names this key.
    pub(crate) fn header(&self) -> Value {
        json!({"alg": "RS256", "kid": self.kid, "typ": "JWT"})
    }

    /// A token with this header and these claims, signed by this key whatever the header says.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = unsigned(header, claims);
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message.as_bytes(),
                &mut signature,
            )
            .expect("a key of 2048 bits signs SHA-256");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The claims of a token that this key signed.
    pub(crate) fn verify(&self, token: &str) -> anyhow::Result<Value> {
        let (message, signature) = token.rsplit_once('.').context("no signature")?;
        let (_, claims) = message.split_once('.').context("no claims")?;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.public_der())
            .verify(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature)?)
            .ok()
            .context("wrong signature")?;
        Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims)?)?)
    }

    /// The public key as a JSON Web Key (RFC 7517).
    pub(crate) fn jwk(&self) -> Value {
        let parts = RsaPublicKeyComponents::<Vec<u8>>::from(self.pair.public_key());
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid,
            "n": URL_SAFE_NO_PAD.encode(parts.n), "e": URL_SAFE_NO_PAD.encode(parts.e),
        })
    }

    /// The public key in DER.
    pub(crate) fn public_der(&self) -> Vec<u8> {
        self.pair.public_key().as_ref().to_vec()
    }

    /// The private key as service account keys hold it: PKCS #8 in PEM.
    pub(crate) fn private_pem(&self) -> String {
        let der = self
            .pair
            .as_der()
            .expect("a key that was made can be written");
        let text = STANDARD.encode(der.as_ref());
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(as_text).collect();
        format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            lines.join("\n")
        )
    }
}

fn as_text(base64: &[u8]) -> &str {
    std::str::from_utf8(base64).unwrap_or_default()
}

/// Header and claims, joined as they are signed.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}
