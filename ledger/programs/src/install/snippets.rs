//! Installation snippets for common stacks, ready to copy. Pure.

/// How to install the script in one stack.
#[derive(Debug)]
pub struct Stack {
    pub key: &'static str,
    pub name: &'static str,
    /// Where it goes, step by step.
    pub steps: &'static [&'static str],
    pub code: String,
}

/// The template of a stack, with `{src}`, `{id}` and `{key}` for the script's URL, the program's id and the public key,
/// without which a page can't report a sale.
struct Pattern {
    key: &'static str,
    name: &'static str,
    steps: &'static [&'static str],
    code: &'static str,
}

const TAG: &str = "<script async src=\"{src}\" data-program-id=\"{id}\" data-public-key=\"{key}\"></script>";

/// For builders and tag managers that may drop the attributes of a tag.
const LOADED_BY_SCRIPT: &str = "<script>\n(function (d) {\n  var s = d.createElement(\"script\");\n  s.async = true;\n  s.src = \"{src}\";\n  s.setAttribute(\"data-program-id\", \"{id}\");\n  s.setAttribute(\"data-public-key\", \"{key}\");\n  d.head.appendChild(s);\n})(document);\n</script>";

const PATTERNS: [Pattern; 16] = [
    Pattern {
        key: "html",
        name: "HTML",
        steps: &["Add it to the head of every page, as high up as possible."],
        code: TAG,
    },
    Pattern {
        key: "wordpress",
        name: "WordPress",
        steps: &[
            "Paste it at the end of your child theme's functions.php, or add it as a PHP snippet in the WPCode plugin.",
            "Clear the cache of your caching plugin.",
        ],
        code: "add_action('wp_head', function () {\n    echo '<script async src=\"{src}\" data-program-id=\"{id}\" data-public-key=\"{key}\"></script>';\n}, 1);",
    },
    Pattern {
        key: "shopify",
        name: "Shopify",
        steps: &[
            "Go to Online Store > Themes, open the three-dot menu, and choose Edit code.",
            "Open layout/theme.liquid, paste it right below <head>, and save.",
        ],
        code: TAG,
    },
    Pattern {
        key: "webflow",
        name: "Webflow",
        steps: &["Go to Site settings > Custom code > Head code.", "Paste it, save, and publish the site."],
        code: TAG,
    },
    Pattern {
        key: "framer",
        name: "Framer",
        steps: &["Go to Site settings > General > Custom code > Start of head tag.", "Paste it, save, and publish."],
        code: TAG,
    },
    Pattern {
        key: "squarespace",
        name: "Squarespace",
        steps: &["Go to Settings > Advanced > Code injection > Header.", "Paste it and save."],
        code: TAG,
    },
    Pattern {
        key: "wix",
        name: "Wix",
        steps: &[
            "Go to Settings > Custom code > Add custom code.",
            "Paste it. Choose all pages, load once, and head. Apply.",
        ],
        code: TAG,
    },
    Pattern {
        key: "bubble",
        name: "Bubble",
        steps: &[
            "Go to Settings > SEO / metatags > Script/meta tags in header.",
            "Paste it, and deploy your app to live.",
        ],
        code: TAG,
    },
    Pattern {
        key: "carrd",
        name: "Carrd",
        steps: &[
            "Add an Embed element with the type Code and the style Hidden > Head. It needs the plan Pro Standard.",
            "Paste it, save, and publish the site.",
        ],
        code: LOADED_BY_SCRIPT,
    },
    Pattern {
        key: "next-app",
        name: "Next.js (app)",
        steps: &["Add it to app/layout.tsx, inside <html>."],
        code: "export default function RootLayout({ children }: { children: React.ReactNode }) {\n  return (\n    <html lang=\"en\">\n      <head>\n        <script async src=\"{src}\" data-program-id=\"{id}\" data-public-key=\"{key}\" />\n      </head>\n      <body>{children}</body>\n    </html>\n  );\n}",
    },
    Pattern {
        key: "next-pages",
        name: "Next.js (pages)",
        steps: &["Add it to pages/_document.tsx, inside <Head>."],
        code: "import { Head, Html, Main, NextScript } from \"next/document\";\n\nexport default function Document() {\n  return (\n    <Html lang=\"en\">\n      <Head>\n        <script async src=\"{src}\" data-program-id=\"{id}\" data-public-key=\"{key}\" />\n      </Head>\n      <body>\n        <Main />\n        <NextScript />\n      </body>\n    </Html>\n  );\n}",
    },
    Pattern {
        key: "react",
        name: "React",
        steps: &[
            "Add it to the head of index.html (Vite) or public/index.html (Create React App), not to a component.",
        ],
        code: TAG,
    },
    Pattern {
        key: "vue",
        name: "Vue",
        steps: &["Add it to the head of index.html. With Nuxt, add it to nuxt.config.ts as shown."],
        code: "// nuxt.config.ts\nexport default defineNuxtConfig({\n  app: {\n    head: {\n      script: [{ src: \"{src}\", async: true, \"data-program-id\": \"{id}\", \"data-public-key\": \"{key}\" }],\n    },\n  },\n});",
    },
    Pattern {
        key: "rails",
        name: "Rails",
        steps: &[
            "Add it to app/views/layouts/application.html.erb, inside <head>.",
            "If you use config.content_security_policy, allow the script's host in script_src and connect_src.",
        ],
        code: "<%= javascript_include_tag \"{src}\", async: true, data: { program_id: \"{id}\", public_key: \"{key}\" }%>",
    },
    Pattern {
        key: "django",
        name: "Django",
        steps: &["Add it to the template that all others extend, such as templates/base.html, inside <head>."],
        code: TAG,
    },
    Pattern {
        key: "gtm",
        name: "Google Tag Manager",
        steps: &[
            "Use this only if you can't edit the pages: it loads late, and ad blockers can block it.",
            "Create a Custom HTML tag, paste it, choose the All Pages trigger, and submit.",
        ],
        code: LOADED_BY_SCRIPT,
    },
];

/// All stacks, filled in for a program.
pub fn stacks(base: &str, program: &str, public_key: &str) -> Vec<Stack> {
    let src = format!("{base}/api/v1/r/loader.js");
    let fill = |pattern: &Pattern| Stack {
        key: pattern.key,
        name: pattern.name,
        steps: pattern.steps,
        code: pattern.code.replace("{src}", &src).replace("{id}", program).replace("{key}", public_key),
    };
    PATTERNS.iter().map(fill).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_snippet_names_the_script_and_the_program() {
        let keys: Vec<&str> = PATTERNS.iter().map(|pattern| pattern.key).collect();
        assert!(["wordpress", "shopify", "bubble", "carrd"].iter().all(|key| keys.contains(key)), "{keys:?}");
        for stack in stacks("https://edge.test", "prog_1", "pk_1") {
            assert!(stack.code.contains("https://edge.test/api/v1/r/loader.js"), "{}", stack.name);
            assert!(stack.code.contains("prog_1") && stack.code.contains("pk_1"), "{}", stack.name);
            assert!(!["{src}", "{id}", "{key}"].iter().any(|gap| stack.code.contains(gap)), "{}", stack.name);
        }
    }
}
