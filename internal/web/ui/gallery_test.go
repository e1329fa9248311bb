package ui_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"fondaco/internal/money"
	"fondaco/internal/web/assets"
	"fondaco/internal/web/ui"
	"fondaco/internal/web/words"
)

// The gallery is every component on one page, filled with the longest and
// largest things the house must bear.

const (
	longEnglish = "Rheinische Präzisionswerkzeug- und Maschinenbau GmbH & Co KG"
	longChinese = "宁波北仑远洋国际供应链管理与精密机械设备进出口（集团）股份有限公司跨境贸易第三事业部暨保税物流中心联合体东南亚办事处"
	someHash    = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
)

func galleryNow() time.Time { return time.Date(2026, 11, 22, 17, 40, 0, 0, time.UTC) }

func reader(lang string) ui.Reader {
	zone := time.FixedZone("CET", 3600)
	if lang == "zh" {
		zone = time.FixedZone("CST", 8*3600)
	}
	return ui.Reader{Words: words.For(lang), Zone: zone, Now: galleryNow()}
}

// pick is the gallery's own text: these sentences belong to no catalog.
func pick(r ui.Reader, english, chinese string) string {
	if r.Words.Lang() == "zh" {
		return chinese
	}
	return english
}

func usd(minor int64) money.Amount { return money.New(minor, money.MustCurrency("USD")) }

func frame(r ui.Reader) ui.Page {
	return ui.Page{
		Title: pick(r, "Gallery", "组件"), House: "Hanse Assurance", Path: "/gallery?x=1", Sandbox: true,
		Nav: []ui.Link{
			{Label: pick(r, "Home", "首页"), Href: "/", Icon: ui.IconHouse},
			{Label: pick(r, "Deals", "交易"), Href: "/deals", Icon: ui.IconHandshake, Count: 3, Current: true},
			{Label: pick(r, "Messages", "消息"), Href: "/messages", Icon: ui.IconMessagesSquare, Count: 1204},
			{Label: pick(r, "Shipments", "货运"), Href: "/shipments", Icon: ui.IconShip},
			{Label: pick(r, "Disputes", "争议"), Href: "/disputes", Icon: ui.IconScale},
			{Label: pick(r, "Money", "资金"), Href: "/money", Icon: ui.IconWallet},
		},
		Account: &ui.Account{
			Person: pick(r, "Annegret Lindqvist", "陈思远"), Organisation: pick(r, longEnglish, longChinese), SignOutPost: "/sign-out",
			Links: []ui.Link{{Label: pick(r, "Company", "公司"), Href: "/company", Icon: ui.IconBuilding2}, {Label: pick(r, "Security", "安全"), Href: "/security", Icon: ui.IconShieldCheck}},
		},
		Footer: []ui.Link{
			{Label: pick(r, "Trust", "信任"), Href: "/trust"},
			{Label: pick(r, "Verify a dossier", "核验卷宗"), Href: "/verify"},
			{Label: pick(r, "Learn", "学习"), Href: "/learn"},
			{Label: pick(r, "Developers", "开发者"), Href: "/developer"},
		},
	}
}

func group(parts ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		for _, part := range parts {
			if err := part.Render(ctx, w); err != nil {
				return err
			}
		}
		return nil
	})
}

// with gives children to a component.
func with(parent templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return parent.Render(templ.WithChildren(ctx, group(children...)), w)
	})
}

func section(title string, parts ...templ.Component) templ.Component {
	return with(ui.Section(ui.CardHead{Title: title}), parts...)
}

func parties(r ui.Reader) (buyer, seller ui.Party) {
	buyer = ui.Party{
		Name: longEnglish, Href: "/parties/a", Country: pick(r, "Germany", "德国"), Role: pick(r, "Buyer", "买方"), Verified: true, You: true,
		Standing: pick(r, "92 of 100", "92 / 100"), Confidence: pick(r, "high", "高"),
	}
	seller = ui.Party{
		Name: longChinese, Href: "/parties/b", Country: pick(r, "China", "中国"), Role: pick(r, "Seller", "卖方"), Unverified: true,
		Standing: pick(r, "61 of 100", "61 / 100"), Confidence: pick(r, "low", "低"),
	}
	return buyer, seller
}

func obligations(r ui.Reader) []ui.Obligation {
	now := galleryNow()
	lapse := pick(r, "USD 999,999,999.99 goes from the house to "+longChinese+" on 26 Nov 2026.", "2026 年 11 月 26 日，平台会把 USD 999,999,999.99 付给"+longChinese+"。")
	inspect := pick(r, "Inspect the goods and accept them, or raise a claim", "验货后接收，或提出索赔")
	return []ui.Obligation{
		{
			Mine: true, What: inspect, Start: now.Add(-60 * time.Hour), Due: now.Add(108 * time.Hour), Lapse: lapse,
			Actions: []ui.Action{
				{Label: pick(r, "Accept the goods", "接收货物"), Href: "#", Weight: ui.Primary, Icon: ui.IconPackageCheck},
				{Label: pick(r, "Raise a claim", "提出索赔"), Href: "#", Icon: ui.IconScale},
			},
		},
		{Who: longEnglish, What: pick(r, "Pay the money into the house", "把款项付入平台"), Start: now.Add(-200 * time.Hour), Due: now.Add(26 * time.Hour), Lapse: pick(r, "The deal expires. No money has moved.", "交易过期，没有资金变动。")},
		{Mine: true, What: inspect, Start: now.Add(-200 * time.Hour), Due: now.Add(-3 * time.Hour), Lapse: lapse},
		{Who: pick(r, "The house", "平台"), What: pick(r, "Finish a compliance review", "完成合规审查"), Start: now.Add(-20 * time.Hour), Due: now.Add(50 * time.Hour), Paused: pick(r, "The money stays held while the house answers a screening hit.", "名单筛查有命中，平台核实期间资金继续保管。")},
		{Mine: true, What: pick(r, "Answer the message of your counterparty", "回复对方的消息")},
	}
}

func bar(r ui.Reader) ui.Money {
	return ui.Money{
		Total: usd(99_999_999_999),
		Parts: []ui.MoneyPart{
			{State: ui.MoneyReleased, Amount: usd(40_000_000_000), Note: pick(r, "arrived 20 Nov 2026", "2026 年 11 月 20 日到账")},
			{State: ui.MoneyHeld, Amount: usd(45_000_000_000)},
			{State: ui.MoneyDisputed, Amount: usd(10_000_000_000)},
			{State: ui.MoneyRefunded, Amount: usd(4_499_999_999)},
			{State: ui.MoneyFees, Amount: usd(500_000_000)},
			{State: ui.MoneyAwaited, Amount: usd(0)},
		},
	}
}

func timeline(r ui.Reader) []ui.Event {
	now := galleryNow()
	return []ui.Event{
		{Icon: ui.IconPackageCheck, Tone: ui.ToneAction, Sentence: pick(r, "The carrier delivered the goods in Hamburg.", "承运人已在汉堡交付货物。"), Detail: pick(r, "Proof graded good: carrier event, right destination, plausible dates.", "交付证明评级为良好：承运人事件、目的地一致、日期合理。"), Actor: "Hapag-Lloyd", At: now.Add(-60 * time.Hour), ProofHref: "/proof/3"},
		{Icon: ui.IconLandmark, Tone: ui.ToneGood, Sentence: pick(r, "USD 999,999,999.99 arrived at the house.", "USD 999,999,999.99 已到达平台。"), Actor: longEnglish, At: now.Add(-9 * 24 * time.Hour), ProofHref: "/proof/2"},
		{Icon: ui.IconStamp, Tone: ui.ToneSeal, Sentence: pick(r, "Both parties signed version 3 of the terms.", "双方签署了条款第 3 版。"), Actor: longChinese, At: now.Add(-20 * time.Minute), ProofHref: "/proof/1"},
	}
}

func steps(r ui.Reader) []ui.Step {
	label := func(phase string) string { return ui.PhaseState(r, phase).Word }
	return []ui.Step{
		{Label: label("draft"), State: ui.StepDone},
		{Label: label("agreed"), State: ui.StepDone, Note: pick(r, "12 Nov", "11 月 12 日")},
		{Label: label("funded"), State: ui.StepDone, Note: pick(r, "13 Nov", "11 月 13 日")},
		{Label: label("shipped"), State: ui.StepDone},
		{Label: label("delivered"), State: ui.StepCurrent, Note: pick(r, "4 days to inspect", "还有 4 天验货")},
		{Label: label("completed"), State: ui.StepTodo},
	}
}

func states(r ui.Reader) templ.Component {
	var all []templ.Component
	for _, phase := range []string{"draft", "offered", "agreed", "funded", "shipped", "delivered", "completed", "refunded", "settled", "cancelled", "expired", "disputed", "frozen", "waiting"} {
		all = append(all, ui.StateBadge(ui.PhaseState(r, phase)))
	}
	return cluster(all...)
}

func cluster(parts ...templ.Component) templ.Component {
	return boxed("cluster", parts...)
}

func boxed(class string, parts ...templ.Component) templ.Component {
	return group(templ.Raw(`<div class="`+class+`">`), group(parts...), templ.Raw(`</div>`))
}

func table(r ui.Reader) ui.Grid {
	row := func(name string, amount int64, phase string) []templ.Component {
		return []templ.Component{
			ui.Anchor(ui.Link{Label: name, Href: "/deals/1"}), ui.StateBadge(ui.PhaseState(r, phase)),
			ui.Day(r, galleryNow().Add(99*time.Hour)), ui.AmountText(usd(amount)),
		}
	}
	return ui.Grid{
		Caption: pick(r, "Your deals", "你的交易"), HideCaption: true,
		Columns: []ui.Column{
			{Label: pick(r, "Deal", "交易"), SortHref: "?sort=name"},
			{Label: pick(r, "State", "状态")},
			{Label: pick(r, "Next deadline", "最近期限"), SortHref: "?sort=due", Sorted: "ascending"},
			{Label: pick(r, "Amount", "金额"), Numeric: true},
		},
		Rows: [][]templ.Component{
			row(pick(r, "4,000 precision end mills, "+longEnglish, "精密立铣刀 4,000 支，"+longChinese), 99_999_999_999, "delivered"),
			row(pick(r, "Ceramic tableware, two containers", "陶瓷餐具两个货柜"), 4_218_050, "funded"),
			row(pick(r, "Solar inverters", "光伏逆变器"), 1_250_000, "completed"),
		},
		Foot: []templ.Component{ui.Text(pick(r, "Total", "合计")), ui.Text(""), ui.Text(""), ui.AmountText(usd(100_005_468_049))},
	}
}

func form(r ui.Reader) templ.Component {
	questions := []ui.Question{
		{Name: "goods", Label: pick(r, "What is being sold?", "卖什么货？"), Hint: pick(r, "As it will stand in the contract.", "按合同里的写法填写。"), Value: pick(r, longEnglish, longChinese)},
		{Name: "price", Label: pick(r, "Price", "价格"), Prefix: "USD", Figures: true, Value: "999,999,999.999", Mistake: pick(r, "USD has two decimals. Write 999,999,999.99 or less.", "USD 只有两位小数，请写 999,999,999.99 以内的金额。")},
		{Name: "days", Label: pick(r, "Inspection time", "验货时间"), Suffix: pick(r, "days", "天"), Kind: ui.KindNumber, Value: "7", Optional: true, Min: "1"},
		{Name: "rule", Label: pick(r, "Delivery term", "贸易术语"), Kind: ui.KindSelect, Value: "FOB", Options: []ui.Option{{Value: "EXW", Label: "EXW"}, {Value: "FOB", Label: "FOB Ningbo"}}},
		{Name: "release", Label: pick(r, "When is the seller paid?", "何时付给卖方？"), Kind: ui.KindRadio, Value: "accept", Options: []ui.Option{
			{Value: "accept", Label: pick(r, "When you accept the goods", "你接收货物时"), Hint: pick(r, "Safest for the buyer.", "对买方最稳妥。")},
			{Value: "ship", Label: pick(r, "When the goods are on board", "货物装船时")},
		}},
		{Name: "notes", Label: pick(r, "Notes for the seller", "给卖方的备注"), Kind: ui.KindArea, Optional: true, Placeholder: pick(r, "Packing, labels, samples", "包装、标签、样品")},
		{Name: "plan", Label: pick(r, "Packing list", "装箱单"), Kind: ui.KindFile, Optional: true},
		{Name: "partial", Label: pick(r, "Partial shipments are allowed", "允许分批装运"), Kind: ui.KindCheck, Optional: true, Checked: true, Hint: pick(r, "Each part has its own clock.", "每一批单独计时。")},
	}
	parts := []templ.Component{templ.Raw(`<form class="form" method="post" action="#" novalidate>`), ui.FormErrors(r, []ui.Mistake{{Name: "price", Message: questions[1].Mistake}})}
	for _, question := range questions {
		parts = append(parts, ui.Field(r, question))
	}
	parts = append(parts, cluster(
		ui.Submit(ui.Press{Label: pick(r, "Save and go on", "保存并继续"), Weight: ui.Primary}),
		ui.Submit(ui.Press{Label: pick(r, "Save as draft", "存为草稿")}),
		ui.Submit(ui.Press{Label: pick(r, "Delete draft", "删除草稿"), Icon: ui.IconTrash2, Weight: ui.Danger}),
	), templ.Raw(`</form>`))
	return group(parts...)
}

func sheet(r ui.Reader) templ.Component {
	_, seller := parties(r)
	seller.Role = ""
	return with(ui.SignSheet(r, ui.Signature{
		Title: pick(r, "Release the first tranche", "放行第一期货款"),
		Words: pick(r, "I accept the goods of delivery 1 and release the first tranche to the seller. This cannot be taken back.", "我接收第 1 批货物，并把第一期货款付给卖方。此操作不能撤回。"),
		Facts: []ui.Fact{
			{Term: pick(r, "Amount", "金额"), Show: ui.AmountLarge(usd(99_999_999_999))},
			{Term: pick(r, "From", "付出"), Value: pick(r, "Held by the house for this deal", "平台为本交易保管的资金")},
			{Term: pick(r, "To", "收款"), Show: ui.PartyChip(r, seller)},
			{Term: pick(r, "Arrives", "到账"), Value: pick(r, "24 Nov 2026, by wire", "2026 年 11 月 24 日，电汇"), Note: pick(r, "Banks may take one day more.", "银行可能多用一天。")},
			{Term: pick(r, "Deal", "交易"), Show: ui.IDText(r, ui.Ident{Value: "deal_01J9ZQ4M8T6X2B7V", Name: pick(r, "deal number", "交易编号")})},
		},
		Hash: someHash, Post: "/sign", Button: pick(r, "Sign and release "+ui.Amount(usd(99_999_999_999)), "签署并放行 "+ui.Amount(usd(99_999_999_999))), BackHref: "/deals/1",
		Hidden: []ui.Hidden{{Name: "version", Value: "3"}},
	}), ui.Field(r, ui.Question{Name: "code", Label: pick(r, "Code from your authenticator", "验证器上的动态码"), Figures: true, Autocomplete: "one-time-code", MaxLength: 6}))
}

func changes(r ui.Reader) []ui.Change {
	return []ui.Change{
		{Kind: ui.ChangeChanged, Term: pick(r, "Price", "价格"), Before: "USD 999,999,999.99", After: "USD 989,999,999.99"},
		{Kind: ui.ChangeAdded, Term: pick(r, "Late penalty", "迟交罚金"), After: pick(r, "0.5 % a week, at most 5 %", "每周 0.5%，最高 5%")},
		{Kind: ui.ChangeRemoved, Term: pick(r, "Partial shipment", "分批装运"), Before: pick(r, "Allowed", "允许")},
		{Kind: ui.ChangeSame, Term: pick(r, "Delivery", "交货"), Before: "FOB Ningbo", After: "FOB Ningbo"},
	}
}

func messages(r ui.Reader) templ.Component {
	return boxed("stack",
		ui.Notice(ui.Remark{Tone: ui.ToneAction, Body: pick(r, "Your draft is saved. Nobody else sees it until you offer it.", "草稿已保存。报出之前只有你能看到。")}),
		ui.Notice(ui.Remark{Tone: ui.ToneGood, Title: pick(r, "The money has arrived", "款项已到账"), Body: pick(r, "USD 42,180.50 came from Lindqvist AB on 22 Nov 2026.", "Lindqvist AB 的 USD 42,180.50 已于 2026 年 11 月 22 日到账。")}),
		ui.Notice(ui.Remark{Tone: ui.ToneClock, Body: pick(r, "Two days are left to inspect.", "验货时间还剩 2 天。")}),
		ui.Notice(ui.Remark{Tone: ui.ToneDanger, Body: pick(r, "The payout account was changed today. Check it by phone before you sign.", "收款账户今天有改动。签署前先打电话核对。")}),
		ui.Problem(r, ui.Trouble{
			What: pick(r, "The release was not signed", "放行没有签署成功"), Safe: pick(r, "The money is still held by the house. Nothing moved.", "资金仍由平台保管，没有任何变动。"),
			Do:   pick(r, "The terms changed while you were reading. Open the deal and read version 4.", "阅读期间条款有更新。打开交易，阅读第 4 版。"),
			Code: "contract.version_stale", Trace: "req_01J9ZQ4M8T6X2B7VQ3", Actions: []ui.Action{{Label: pick(r, "Open the deal", "打开交易"), Href: "#", Weight: ui.Primary}},
		}),
		ui.Progress(r, ui.Work{Title: pick(r, "Reading the sanctions list", "正在读取制裁名单"), Done: 12_480, Total: 31_200, Rate: "1,240", Left: 4 * time.Minute, CancelAction: "/stop"}),
		ui.EmptyState(ui.Blank{
			Icon: ui.IconHandshake, Title: pick(r, "Your deals will be here", "你的交易会显示在这里"),
			Body:   pick(r, "A deal starts as a draft that only you see. Offer it when the terms are right.", "交易从草稿开始，只有你能看到。条款定好后再报出。"),
			Action: &ui.Action{Label: pick(r, "Draft a deal", "起草交易"), Href: "#", Weight: ui.Primary, Icon: ui.IconPlus},
		}),
	)
}

func gallery(lang string) templ.Component {
	r := reader(lang)
	buyer, seller := parties(r)
	all := obligations(r)
	side := group(ui.ObligationClock(r, all[0]), ui.MoneyBar(r, bar(r)),
		with(ui.Card(ui.CardHead{Title: pick(r, "Parties", "双方"), Icon: ui.IconUsers}), boxed("stack", ui.PartyChip(r, buyer), ui.PartyChip(r, seller))))
	story := group(
		section(pick(r, "What happened", "经过"), ui.Timeline(r, timeline(r))),
		section(pick(r, "What changes", "条款变化"), ui.Diff(r, changes(r))),
		section(pick(r, "The contract", "合同"), ui.DefinitionList([]ui.Fact{
			{Term: pick(r, "Goods", "货物"), Value: pick(r, "4,000 precision end mills", "精密立铣刀 4,000 支")},
			{Term: pick(r, "Fingerprint", "指纹"), Show: ui.IDText(r, ui.Ident{Value: someHash, Name: pick(r, "fingerprint", "指纹")})},
			{Term: pick(r, "Ship by", "装运期限"), Show: ui.Moment(r, galleryNow().Add(200*time.Hour)), Note: pick(r, "3 days of grace", "宽限 3 天")},
		})),
	)
	var clocks []templ.Component
	for _, o := range all[1:] {
		clocks = append(clocks, ui.ObligationClock(r, o))
	}
	content := group(
		with(ui.PageHead(r, ui.PageTitle{
			Title: pick(r, "4,000 precision end mills for "+longEnglish, "精密立铣刀 4,000 支，"+longChinese),
			Lead:  pick(r, "The goods have arrived. You have until Friday to inspect them.", "货物已送达，验货截止到周五。"),
			Back:  &ui.Link{Label: pick(r, "Deals", "交易"), Href: "/deals"},
			Marks: []templ.Component{ui.StateBadge(ui.PhaseState(r, "delivered")), ui.StateBadge(ui.PhaseState(r, "disputed")), ui.IDText(r, ui.Ident{Value: "deal_01J9ZQ4M8T6X2B7V"})},
		}), ui.LinkButton(ui.Action{Label: pick(r, "Download dossier", "下载卷宗"), Href: "#", Icon: ui.IconDownload, Dialog: "ask"})),
		boxed("stack-wide",
			ui.Steps(r, steps(r)),
			with(ui.Columns(side), story),
			section(pick(r, "States", "状态"), states(r)),
			section(pick(r, "Clocks", "计时"), boxed("halves", clocks...)),
			section(pick(r, "Deals", "交易"), ui.Tabs(r, []ui.Link{{Label: pick(r, "Needs you", "待你处理"), Href: "#", Count: 3, Current: true}, {Label: pick(r, "Running", "进行中"), Href: "#"}, {Label: pick(r, "Closed", "已结束"), Href: "#"}}), ui.Table(r, table(r)), ui.Pager(r, ui.Turn{OlderHref: "#", NewerHref: "#", Note: pick(r, "41 deals", "41 笔交易")})),
			section(pick(r, "A form", "表单"), form(r)),
			section(pick(r, "A signature", "签署"), sheet(r)),
			section(pick(r, "Messages of the house", "平台的话"), messages(r)),
			with(ui.Dialog(r, ui.DialogHead{ID: "ask", Title: pick(r, "Download the dossier", "下载卷宗")}), ui.Text(pick(r, "It holds everything about this deal and verifies offline.", "卷宗包含这笔交易的全部内容，可以离线核验。"))),
		),
	)
	return with(ui.Layout(r, frame(r)), content)
}

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var out bytes.Buffer
	if err := c.Render(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// serve puts the gallery behind the policy that real pages have.
func serve(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle(assets.Prefix, assets.Handler())
	mux.HandleFunc("/{lang}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", assets.ContentSecurityPolicy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.Copy(w, strings.NewReader(render(t, gallery(r.PathValue("lang")))))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}
