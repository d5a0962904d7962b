//! Identities that are hashes of 128 bits. Their bytes are stored, and their hexadecimal digits are part of keys.

/// Declares an identity.
macro_rules! digest {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; 16]);

        impl $name {
            /// The raw bytes, as stored.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// Reads what [`Self::as_bytes`] gave.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Reads 32 hexadecimal digits, as displayed; `None` when they are something else.
            #[must_use]
            pub fn from_hex(text: &str) -> Option<Self> {
                let mut id = [0; 16];
                hex::decode_to_slice(text, &mut id).ok()?;
                Some(Self(id))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    };
}
pub(super) use digest;
