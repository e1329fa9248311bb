// Package webtest looks at pages the way a reader does: a real Chromium at a
// phone's and a desk's size, in both themes. It keeps pictures when asked,
// audits accessibility with axe-core, and finds what only a browser shows: text
// wider than its screen, files refused by the content security policy.
//
// It skips, with the reason, where Chromium or axe-core is not installed. Set
// FONDACO_SHOTS to a folder to keep pictures there.
//
// Only tests import this package.
package webtest
